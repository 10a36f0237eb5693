import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type ServerOptions } from '../server/index.js';
import { PollingWireClient } from './polling-wire-client.js';
import { WebSocketWireClient } from './websocket-wire-client.js';
import type { WireClient, WireOptions } from './wire-client.js';

/** How `TestServer.connect` connects. */
export interface TestConnectOptions extends WireOptions {
  /** @default "websocket" */
  readonly transport?: 'websocket' | 'polling';
  /** More of the query, such as `token=a`. */
  readonly query?: string;
}

// A test that is over waits for nobody who does not answer.
const grace = 250;

/** A server on a free port of this machine. */
export interface TestServer extends AsyncDisposable {
  readonly io: Server;
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Opens a session with a wire client; it is closed with the server. */
  connect(options?: TestConnectOptions): Promise<WireClient>;
  /** The URL of the server's path, for requests made by hand. */
  endpoint(transport: 'websocket' | 'polling', query?: string): string;
  /** Closes everything; clients that do not take what was sent to them are cut after a quarter of a second. */
  close(): Promise<void>;
}

/**
 * Starts a server on a free port of this machine.
 *
 * @param configure called with the server before it listens: add listeners and middlewares here.
 * @param options the server's options.
 */
export async function startTestServer(
  configure?: (io: Server) => void,
  options: ServerOptions = {},
): Promise<TestServer> {
  const httpServer = createServer((_request, response) => {
    response.writeHead(404);
    response.end();
  });
  const io = new Server(httpServer, options);
  configure?.(io);
  await new Promise<void>((resolve) => {
    httpServer.listen(0, '127.0.0.1', resolve);
  });
  const { port } = httpServer.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const clients: WireClient[] = [];
  const endpoint: TestServer['endpoint'] = (transport, query) =>
    `${url}${io.path()}/?EIO=4&transport=${transport}${query === undefined ? '' : `&${query}`}`;
  const close = async (): Promise<void> => {
    const closed = io.close({ grace });
    await Promise.all(clients.map((client) => client.close()));
    httpServer.closeAllConnections();
    await closed;
  };
  return {
    io,
    port,
    url,
    endpoint,
    connect: async ({ transport = 'websocket', query, ...wire } = {}) => {
      const Client = transport === 'websocket' ? WebSocketWireClient : PollingWireClient;
      const client = await Client.connect(endpoint(transport, query), wire);
      clients.push(client);
      return client;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
