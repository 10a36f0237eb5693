import cluster from 'node:cluster';
import { Server } from 'node:http';
import type { Socket } from 'node:net';
import process from 'node:process';
import { stopReading } from './connection.js';
import { markOf } from './connection-router.js';
import { RoutedServer } from './routed-server.js';
import {
  isRoutingMessage,
  routingSource,
  type ListenAddress,
  type PrimaryMessage,
  type WorkerMessage,
} from './wire.js';

/** The HTTP servers of a worker: those that would listen on a port get connections of the primary instead. */
export class WorkerListeners {
  readonly #port: number | undefined;
  readonly #asking = new Map<string, Server>();
  readonly #serving = new Map<string, RoutedServer>();
  #anyPorts = 0;

  /** @param port the one port that is meant; all when it is `undefined`. */
  constructor(port: number | undefined) {
    this.#port = port;
  }

  /** From now on, for good. */
  install(): void {
    process.on('message', this.#onMessage);
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const listeners = this;
    const { listen } = Server.prototype;
    // Only that of HTTP servers: any other server of the worker shares its port by node:cluster itself.
    Server.prototype.listen = function (this: Server, ...args: unknown[]) {
      const address = addressOf(args);
      if (address === undefined || !listeners.#isMeant(address)) return Reflect.apply(listen, this, args) as Server;
      const callback = args.at(-1);
      if (typeof callback === 'function') this.once('listening', callback as () => void);
      listeners.#ask(this, address);
      return this;
    };
  }

  #isMeant({ port }: ListenAddress): boolean {
    return this.#port === undefined || this.#port === port;
  }

  #ask(server: Server, address: ListenAddress): void {
    const { host = '', port } = address;
    // The n-th server of every worker that takes any port shares it with the n-th of the others.
    const key = `${host}:${port}${port === 0 ? `#${this.#anyPorts++}` : ''}`;
    if (this.#asking.has(key) || this.#serving.has(key)) {
      const error = Object.assign(new Error(`listen EADDRINUSE: address already in use ${key}`), {
        code: 'EADDRINUSE',
      });
      process.nextTick(() => server.emit('error', error));
      return;
    }
    this.#asking.set(key, server);
    tell({ source: routingSource, act: 'listen', key, address });
  }

  readonly #onMessage = (message: unknown, socket?: unknown): void => {
    if (!isRoutingMessage<PrimaryMessage>(message)) return;
    const { key } = message;
    switch (message.act) {
      case 'listening':
        this.#serve(key, message.address);
        return;
      case 'failed': {
        const { error } = message;
        const server = this.#asking.get(key);
        this.#asking.delete(key);
        server?.emit('error', Object.assign(new Error(error.message), { code: error.code }));
        return;
      }
      case 'connection': {
        tell({ source: routingSource, act: 'taken', key });
        // The client may have gone meanwhile.
        if (socket === undefined) return;
        const server = this.#serving.get(key);
        if (server === undefined) handBack(key, message.bytes, socket as Socket);
        else server.accept(message.bytes, socket as Socket);
        return;
      }
    }
  };

  #serve(key: string, address: RoutedAddress): void {
    const server = this.#asking.get(key);
    if (server === undefined) return;
    this.#asking.delete(key);
    const routed = new RoutedServer(server, address, {
      mark: markOf(cluster.worker!),
      handBack: (bytes, socket) => handBack(key, bytes, socket),
      onClose: () => {
        this.#serving.delete(key);
        tell({ source: routingSource, act: 'close', key });
      },
    });
    this.#serving.set(key, routed);
    server.emit('listening');
  }
}

type RoutedAddress = Extract<PrimaryMessage, { act: 'listening' }>['address'];

function tell(message: WorkerMessage): void {
  if (process.connected) process.send!(message, undefined, undefined, ignore);
}

function handBack(key: string, bytes: string, socket: Socket): void {
  stopReading(socket);
  if (!process.connected) socket.destroy();
  else process.send!({ source: routingSource, act: 'connection', key, bytes }, socket, { keepOpen: false }, ignore);
}

/** Where a server is told to listen; `undefined` for what is no port that workers share: a path, a handle, one of its own. */
function addressOf([first, second]: unknown[]): ListenAddress | undefined {
  if (typeof first === 'object' && first !== null) {
    const { port, host, path, exclusive, signal } = first as Record<string, unknown>;
    const isOther = path !== undefined || exclusive === true || signal !== undefined;
    return isOther ? undefined : portAt(port, host);
  }
  return portAt(first, second);
}

function portAt(port: unknown, host: unknown): ListenAddress | undefined {
  const number = typeof port === 'string' && /^\d+$/.test(port) ? Number(port) : port;
  if (typeof number !== 'number') return undefined;
  return { port: number, host: typeof host === 'string' && host !== '' ? host : undefined };
}

function ignore(): void {}
