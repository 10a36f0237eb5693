import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as published from 'socket.io-client';
import { Server as PublishedServer } from 'socket.io';
import * as ours from '../../lib/client/node/index.js';
import { Server as OurServer, type ServerOptions } from '../../lib/server/index.js';
import type { Certificate } from '../support/certificate.js';
import { WebTransportServer } from '../support/webtransport.js';

/** What the suite uses of a client: ours and the published one have it in common. */
export type Client = typeof ours;
export type ClientSocket = ours.Socket<ours.DefaultEventsMap, ours.DefaultEventsMap, ours.Manager>;

/** A server of the suite; the published one is seen through our types. */
export interface RunningServer {
  readonly io: OurServer;
  readonly url: string;
  /** What a client needs to find it over each transport. */
  readonly transportOptions?: ours.IoOptions['transportOptions'];
  /** Ends it, and answers no longer. */
  close(): Promise<void>;
}

export const clients: Readonly<Record<string, Client>> = {
  'our client': ours,
  'the published client': published as unknown as Client,
};

export const servers: Readonly<Record<string, typeof OurServer>> = {
  'our server': OurServer,
  'the published server': PublishedServer as unknown as typeof OurServer,
};

export const transportLists: Readonly<Record<string, string[]>> = {
  polling: ['polling'],
  websocket: ['websocket'],
  'polling, then websocket': ['polling', 'websocket'],
};

/** Starts a server on a port of this machine. @param port 0 for a free one. */
export async function startServer(
  Server: typeof OurServer,
  options: ServerOptions = {},
  port = 0,
): Promise<RunningServer> {
  const httpServer = createServer();
  const io = new Server(httpServer, options);
  await new Promise<void>((resolve) => {
    httpServer.listen(port, '127.0.0.1', resolve);
  });
  return {
    io,
    url: `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}`,
    close: async () => {
      const closed = io.close();
      httpServer.closeAllConnections();
      await closed;
    },
  };
}

/** Starts our server with WebTransport too, on another port. */
export async function startWebTransportServer(
  certificate: Certificate,
  options: ServerOptions = {},
  port = 0,
): Promise<RunningServer> {
  const server = await startServer(OurServer, { transports: ['polling', 'webtransport'], ...options }, port);
  const webTransport = await WebTransportServer.start(server.io, certificate);
  return {
    ...server,
    transportOptions: webTransport.transportOptions,
    close: async () => {
      await server.close();
      await webTransport.close();
    },
  };
}

/** The sockets of one test, which end with it. */
export class Sockets {
  readonly #client: Client;
  readonly #sockets: ClientSocket[] = [];

  constructor(client: Client) {
    this.#client = client;
  }

  /** A socket with a connection of its own. */
  create(url: string, options: ours.IoOptions = {}): ClientSocket {
    const socket = this.#client.io(url, {
      forceNew: true,
      reconnectionDelay: 10,
      reconnectionDelayMax: 20,
      ...options,
    });
    this.#sockets.push(socket);
    return socket;
  }

  async connect(url: string, options: ours.IoOptions = {}): Promise<ClientSocket> {
    const socket = this.create(url, options);
    await next(socket, 'connect');
    return socket;
  }

  close(): void {
    for (const socket of this.#sockets.splice(0)) socket.disconnect();
  }
}

/** Whoever has events. */
interface Emitting {
  once(event: never, listener: (...args: never[]) => void): unknown;
}

/** The arguments of the next such event. */
export function next(emitter: Emitting, event: string): Promise<unknown[]> {
  return new Promise((resolve) => {
    emitter.once(event as never, (...args: unknown[]) => resolve(args));
  });
}
