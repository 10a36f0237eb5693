import { Inject, Injectable } from '@nestjs/common';
import type { Server } from '../../server/index.js';
import { messageOf } from '../../shared/index.js';
import { SOCKET_IO_SERVER } from '../socketio.tokens.js';

/** How Socket.IO is doing on this node. */
export interface SocketIoHealth {
  /** `down` when the adapter's bus does not answer, or does not take messages, or other nodes cannot pass requests on. */
  readonly status: 'up' | 'down';
  /** The sessions on this node. */
  readonly clients: number;
  /** How many nodes there are, this one included; `undefined` when the bus did not say. */
  readonly servers?: number;
  /** How many messages of this node the bus did not take, where the adapter counts them. */
  readonly failedPublishes?: number;
  /** What `sessionRouting` counts, where it is set; see `SessionRoutingHealth`. */
  readonly routing?: Readonly<Record<'active' | 'relayed' | 'failed' | 'refused' | 'rejected', number>>;
  /** What is wrong. */
  readonly message?: string;
}

/** What an adapter may know of its bus; those of this package do. */
interface AdapterHealth {
  readonly isUp: boolean;
  readonly lastError: unknown;
  readonly failedPublishes: number;
}

type Routing = NonNullable<Server['engine']['opts']['sessionRouting']>['health'];

/** Tells `@nestjs/terminus`, or anybody else, whether Socket.IO reaches the other nodes. */
@Injectable()
export class SocketIoHealthIndicator {
  readonly #server: Server;

  constructor(@Inject(SOCKET_IO_SERVER) server: Server) {
    this.#server = server;
  }

  /**
   * Asks the adapters of all namespaces. Never rejects.
   *
   * @param key under which the result stands.
   * @param options `timeout`: how long the bus may take to count the nodes, in milliseconds; 1,000 by default.
   */
  async isHealthy<Key extends string = 'socket.io'>(
    key: Key = 'socket.io' as Key,
    { timeout = 1_000 }: { timeout?: number } = {},
  ): Promise<Record<Key, SocketIoHealth>> {
    const known = [...this.#server.adapters.values()].flatMap((adapter) => healthOf(adapter) ?? []);
    const routing = this.#server.engine.opts.sessionRouting?.health;
    const ailing = [...known, ...(routing === undefined ? [] : [routing])].find(({ isUp }) => !isUp);
    const facts = {
      clients: this.#server.engine.clientsCount,
      ...(routing !== undefined && { routing: countsOf(routing) }),
      ...(known.length > 0 && { failedPublishes: known.reduce((sum, each) => sum + each.failedPublishes, 0) }),
    };
    let health: SocketIoHealth;
    try {
      const servers = await within(timeout, this.#server.sockets.adapter.serverCount());
      health =
        ailing === undefined
          ? { status: 'up', ...facts, servers }
          : { status: 'down', ...facts, servers, message: messageOf(ailing.lastError) };
    } catch (error) {
      health = { status: 'down', ...facts, message: messageOf(error) };
    }
    return { [key]: health } as Record<Key, SocketIoHealth>;
  }
}

function countsOf({ active, relayed, failed, refused, rejected }: Routing): SocketIoHealth['routing'] & object {
  return { active, relayed, failed, refused, rejected };
}

function healthOf(adapter: object): AdapterHealth | undefined {
  const { health } = adapter as { health?: Partial<AdapterHealth> };
  return typeof health?.isUp === 'boolean' ? (health as AdapterHealth) : undefined;
}

async function within<T>(timeout: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`The adapter did not count the nodes within ${timeout} ms`)), timeout);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
