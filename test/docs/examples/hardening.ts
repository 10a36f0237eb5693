import type { Server as HttpServer } from 'node:http';
import {
  Controller,
  Get,
  Header,
  Injectable,
  Logger,
  Module,
  type INestApplication,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { InjectServer, PublicNamespace, SocketIoModule, WebSocketGateway } from '../../../lib/index.js';
import { Server, type LimitHit, type SlowConsumerListener } from '../../../lib/server/index.js';

@Controller('metrics')
export class MetricsController {
  constructor(@InjectServer() private readonly io: Server) {}

  /** In the text format of Prometheus. */
  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4')
  metrics(): string {
    const { engine } = this.io;
    const reached = [...engine.limits.counts].map(
      ([limit, count]) => `socketio_limits_total{limit="${limit}"} ${count}`,
    );
    return [`socketio_sessions ${engine.clientsCount}`, ...reached, ''].join('\n');
  }
}

@Injectable()
export class LimitLog implements OnApplicationBootstrap {
  private readonly logger = new Logger('Limits');

  constructor(@InjectServer() private readonly io: Server) {}

  onApplicationBootstrap(): void {
    this.io.engine.on('limit', ({ limit, address }: LimitHit) => {
      this.logger.debug(`${limit}${address === undefined ? '' : ` by ${address}`}`);
    });
  }
}

export function watchSlowConsumers(io: Server, logger: Logger): void {
  const tell: SlowConsumerListener = ({ id }, { action, dropped, waitingBytes }) =>
    logger.debug(`${id} ${action}: ${dropped} packets, ${waitingBytes} bytes waited`);
  io.engine.on('slowConsumer', tell);
}

/** Gives strangers less time for their requests; a poll that waits for its answer is not one that comes in slowly. */
export function hurry(server: HttpServer): void {
  server.headersTimeout = 10_000;
  server.requestTimeout = 20_000;
}

@WebSocketGateway()
@PublicNamespace()
class OpenGateway {}

@Module({
  imports: [SocketIoModule.forRoot({ maxConnections: 1 })],
  controllers: [MetricsController],
  providers: [LimitLog, OpenGateway],
})
export class AppModule {}

export async function bootstrap(): Promise<INestApplication> {
  const app = await NestFactory.create(AppModule);
  hurry(app.getHttpServer() as HttpServer);
  await app.listen(process.env['PORT'] ?? 3000, '127.0.0.1');
  return app;
}
