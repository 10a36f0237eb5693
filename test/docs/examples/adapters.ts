import { Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { natsAdapter } from '../../../lib/cluster/nats/index.js';
import { nodeClusterAdapter } from '../../../lib/cluster/node-cluster/index.js';
import { postgresAdapter } from '../../../lib/cluster/postgres/index.js';
import { redisStreamsAdapter } from '../../../lib/cluster/redis-streams/index.js';
import { redisAdapter } from '../../../lib/cluster/redis/index.js';
import { SocketIoModule } from '../../../lib/index.js';

const redisUrl = process.env['REDIS_URL'];
const natsServers = process.env['NATS_SERVERS'];
const databaseUrl = process.env['DATABASE_URL'];

/** What each row of the tables is made with; made when it is asked for. */
export const adapters = {
  'nodeClusterAdapter()': () => nodeClusterAdapter(),
  'redisAdapter()': () => redisAdapter({ url: redisUrl }),
  'redisAdapter(), sharded': () => redisAdapter({ url: redisUrl, sharded: true }),
  'redisAdapter(), batched': () => redisAdapter({ url: redisUrl, wire: 'batched' }),
  'redisStreamsAdapter()': () => redisStreamsAdapter({ url: redisUrl }),
  'natsAdapter()': () => natsAdapter({ servers: natsServers }),
  'natsAdapter(), recovery': () => natsAdapter({ servers: natsServers, recovery: true }),
  'postgresAdapter()': () => postgresAdapter({ connection: { connectionString: databaseUrl } }),
  'postgresAdapter(), recovery': () =>
    postgresAdapter({ connection: { connectionString: databaseUrl }, recovery: true }),
};

@Module({ imports: [SocketIoModule.forRoot({ adapter: redisAdapter({ url: redisUrl }) })] })
export class ForRootModule {}

/** Stands for the settings of an application. */
@Injectable()
export class Settings {
  readonly redisUrl = redisUrl;
}

@Module({ providers: [Settings], exports: [Settings] })
export class SettingsModule {}

@Module({
  imports: [
    SocketIoModule.forRootAsync({
      imports: [SettingsModule],
      inject: [Settings],
      useFactory: (settings: Settings) => ({ adapter: redisAdapter({ url: settings.redisUrl }) }),
    }),
  ],
})
export class ForRootAsyncModule {}

/** The connection that the application has anyway. */
@Injectable()
export class RedisClient implements OnApplicationShutdown {
  readonly client = new Redis(redisUrl!);

  onApplicationShutdown(): void {
    this.client.disconnect();
  }
}

@Module({ providers: [RedisClient], exports: [RedisClient] })
export class RedisClientModule {}

@Module({
  imports: [
    SocketIoModule.forRoot({
      adapter: {
        imports: [RedisClientModule],
        inject: [RedisClient],
        useFactory: ({ client }: RedisClient) => redisAdapter({ client }),
      },
    }),
  ],
})
export class InjectedClientModule {}

@Module({
  imports: [
    SocketIoModule.forRoot({
      adapter: redisStreamsAdapter({ url: redisUrl }),
      connectionStateRecovery: { maxDisconnectionDuration: 120_000 },
    }),
  ],
})
export class RecoveringModule {}
