import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { until } from './waiting.js';

/** The three ways a published client connects by default. */
export const transportLists: [name: string, transports: ('polling' | 'websocket')[]][] = [
  ['polling', ['polling']],
  ['websocket', ['websocket']],
  ['polling, then websocket', ['polling', 'websocket']],
];

/** Published clients that end with the test. */
export class Clients {
  readonly #sockets: Socket[] = [];
  readonly #url: () => string;

  constructor(url: () => string) {
    this.#url = url;
  }

  /** A client of its own connection; it never reconnects unless told to. */
  create(path = '/', options: Partial<ManagerOptions & SocketOptions> = {}): Socket {
    const socket = io(this.#url() + path, { forceNew: true, reconnection: false, ...options });
    this.#sockets.push(socket);
    return socket;
  }

  /** A client that is connected. */
  async connect(path = '/', options: Partial<ManagerOptions & SocketOptions> = {}): Promise<Socket> {
    const socket = this.create(path, options);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    return socket;
  }

  /** Resolves when all are gone, and have told their servers so as far as they can. */
  async closed(): Promise<void> {
    const engines = this.#sockets.map((socket) => socket.io.engine as typeof socket.io.engine | undefined);
    this.close();
    await until(() => engines.every((engine) => engine === undefined || engine.readyState === 'closed'));
  }

  close(): void {
    for (const socket of this.#sockets.splice(0)) socket.disconnect();
  }
}

/** The arguments of the next such event. */
export function next(socket: Pick<Socket, 'once'>, event: string): Promise<unknown[]> {
  return new Promise((resolve) => {
    socket.once(event, (...args: unknown[]) => resolve(args));
  });
}
