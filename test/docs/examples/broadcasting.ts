import { Injectable, Module, type DynamicModule } from '@nestjs/common';
import {
  Broadcaster,
  ConnectedSocket,
  EmitterModule,
  InjectNamespace,
  InjectServer,
  JoinRoom,
  SubscribeAck,
  UseNamespaceMiddleware,
  WebSocketGateway,
  type NextFunction,
  type Server,
  type Socket,
} from '../../../lib/index.js';
import type { AdapterConstructor, Namespace } from '../../../lib/server/index.js';

/** What the server sends. */
export interface ServerEvents {
  news(title: string, tags?: string[]): void;
  survey(question: string, answer: (grade: number) => void): void;
}

/** What clients send. */
export interface ClientEvents {
  subscribe(topic: string): void;
}

@Injectable()
export class NewsService {
  constructor(private readonly broadcaster: Broadcaster<ServerEvents>) {}

  publish(topic: string, title: string): void {
    this.broadcaster.of('/news').to(`topic:${topic}`).except('muted').emit('news', title);
  }

  remind(userId: string, title: string): void {
    this.broadcaster.toUser(userId, '/news').emit('news', title);
  }
}

@Injectable()
export class SurveyService {
  constructor(private readonly broadcaster: Broadcaster<ServerEvents>) {}

  /** The grades of those who answer in time, in milliseconds. */
  async ask(question: string, time: number): Promise<number[]> {
    try {
      return await this.broadcaster.of('/news').timeout(time).emitWithAck('survey', question);
    } catch (error) {
      return (error as { responses: number[] }).responses;
    }
  }
}

@Injectable()
export class ReadersService {
  constructor(private readonly broadcaster: Broadcaster<ServerEvents>) {}

  async names(topic: string): Promise<unknown[]> {
    const sockets = await this.broadcaster.of('/news').in(`topic:${topic}`).fetchSockets();
    return sockets.map(({ handshake }) => handshake.auth['name'] as unknown);
  }

  /** Moves readers from one topic to another, whichever server of the cluster they are on. */
  move(from: string, to: string): void {
    const readers = this.broadcaster.of('/news').in(`topic:${from}`);
    readers.socketsJoin(`topic:${to}`);
    readers.socketsLeave(`topic:${from}`);
  }
}

@Injectable()
export class DoorService {
  constructor(@InjectNamespace('/news') private readonly news: Namespace<ClientEvents, ServerEvents>) {
    news.use((socket, next) =>
      next(socket.handshake.auth['name'] === undefined ? new Error('Who are you?') : undefined),
    );
  }

  get count(): number {
    return this.news.sockets.size;
  }
}

@Injectable()
export class ConnectionsService {
  constructor(@InjectServer() private readonly server: Server) {}

  get count(): number {
    return this.server.engine.clientsCount;
  }
}

/** Types that the compiler holds the calls to. */
export function typed(broadcaster: Broadcaster<ServerEvents>): void {
  broadcaster.emit('news', 'It rains');
  broadcaster.to('topic:weather').emit('news', 'It rains', ['weather']);
  // @ts-expect-error There is no such event.
  broadcaster.emit('newz', 'It rains');
  // @ts-expect-error The title is a text.
  broadcaster.emit('news', 1);
  // @ts-expect-error The ack is what is awaited.
  void broadcaster.emitWithAck('survey', 'How?', () => {});
}

/** How a process reaches the adapters of the servers. */
export const CLUSTER_ADAPTER = Symbol('cluster adapter');

@Module({})
export class ClusterModule {
  static with(adapter: AdapterConstructor): DynamicModule {
    const provider = { provide: CLUSTER_ADAPTER, useValue: adapter };
    return { module: ClusterModule, global: true, providers: [provider], exports: [provider] };
  }
}

@Injectable()
export class DigestService {
  constructor(private readonly broadcaster: Broadcaster<ServerEvents>) {}

  send(title: string): void {
    this.broadcaster.of('/news').emit('news', title);
  }
}

@Module({
  imports: [
    EmitterModule.forRootAsync({
      inject: [CLUSTER_ADAPTER],
      useFactory: (adapter: AdapterConstructor) => ({ adapter }),
    }),
  ],
  providers: [DigestService],
})
export class WorkerModule {}

/** A socket of readers: what they send, and what they are sent. */
export type NewsSocket = Socket<ClientEvents, ServerEvents>;

/** Takes readers at their word. */
export function trust(socket: Socket, next: NextFunction): void {
  const { name } = socket.handshake.auth as { name: string };
  Object.assign(socket, { user: { id: name } });
  next();
}

@WebSocketGateway({ namespace: '/news' })
@UseNamespaceMiddleware(trust)
export class NewsGateway {
  @SubscribeAck('subscribe')
  @JoinRoom('topic:{args.0}', { open: true })
  subscribe(@ConnectedSocket() socket: NewsSocket): void {
    socket.emit('news', 'Welcome');
  }
}
