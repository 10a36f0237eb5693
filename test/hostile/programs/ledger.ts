import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo, Socket as TcpSocket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { EngineSocket } from '../../../lib/engine/index.js';
import { Server, type ErrorListener, type Namespace, type ServerOptions } from '../../../lib/server/index.js';
import { collectGarbage } from '../../support/garbage.js';

/** What is left of some connections. */
export interface Left {
  readonly connections: number;
  readonly sessions: number;
  readonly sockets: number;
}

/** What a server counts over its life. */
export interface Totals {
  /** `connection` events, in all namespaces. */
  readonly connects: number;
  /** `disconnect` events, in all namespaces. */
  readonly disconnects: number;
  readonly sockets: number;
  readonly sessions: number;
  /** What `clientsCount` says. */
  readonly clientsCount: number;
  readonly connections: number;
  readonly rooms: number;
  /** Namespaces that were made for clients and are still there. */
  readonly dynamicNamespaces: number;
}

/** What can be asked over IPC. */
export interface LedgerQuestions {
  left(ports: readonly number[]): Left;
  totals(): Totals;
  /** What is in use behind a garbage collection: heap and buffers, in bytes. */
  memory(): Promise<number>;
  /** The longest stall of the event loop since it was last asked, in milliseconds. */
  stall(): number;
  /** Why the sessions of these ports have ended. */
  reasons(ports: readonly number[]): string[];
  /** The events in which the application's own code failed, since it was last asked. */
  reported(): string[];
  /** Hands chunks of bytes to the server as the first stream of a WebTransport session. */
  webTransport(chunks: readonly string[], isEnded: boolean): Promise<string>;
}

/** Options under which what a hostile client leaves is gone within seconds. */
export const quick: ServerOptions = {
  pingInterval: 2_000,
  pingTimeout: 3_000,
  connectTimeout: 2_000,
  upgradeTimeout: 2_000,
  cleanupEmptyChildNamespaces: true,
  destroyUpgradeTimeout: 500,
  log: false,
};

const dynamicName = /^\/dyn-/;

/** What is counted: a server, and the HTTP server that it is attached to. */
interface Served {
  readonly httpServer: HttpServer;
  readonly io: Server;
}

/** Counts what comes and goes in a server, from the outside: events of the application, and tables that are public. */
export class Ledger {
  readonly httpServer: HttpServer;
  readonly io: Server;
  readonly #connections = new Map<number, TcpSocket>();
  readonly #ports = new WeakMap<object, number>();
  readonly #delay = monitorEventLoopDelay({ resolution: 5 });
  readonly #reasons = new Map<number, string>();
  #connects = 0;
  #disconnects = 0;
  #reported: string[] = [];
  #webTransport: LedgerQuestions['webTransport'] = () => Promise.resolve('not served');

  /** Where errors of the application go. */
  readonly onError: ErrorListener = (_error, { event }) => this.#reported.push(event);

  /** @param make makes the server. @default one of these options */
  constructor(options: ServerOptions = {}, make: (options: ServerOptions) => Served = createServed) {
    const { httpServer, io } = make({ ...quick, onError: this.onError, ...options });
    this.httpServer = httpServer;
    this.io = io;
    this.httpServer.on('connection', (socket) => {
      const port = socket.remotePort!;
      this.#connections.set(port, socket);
      socket.on('close', () => {
        // Its port may be another's by now.
        if (this.#connections.get(port) === socket) this.#connections.delete(port);
      });
    });
    this.io.engine.on('connection', (conn: EngineSocket) => {
      const port = conn.request?.socket.remotePort;
      if (port === undefined) return;
      this.#ports.set(conn, port);
      conn.on('close', (reason: string) => this.#reasons.set(port, reason));
    });
    this.#watch(this.io.sockets);
    this.io.on('new_namespace', (namespace) => this.#watch(namespace));
  }

  /** Takes the answer to `webTransport`. */
  serveWebTransport(serve: LedgerQuestions['webTransport']): void {
    this.#webTransport = serve;
  }

  /** Listens on a free port, tells the parent, and answers its questions. */
  serve(): void {
    this.#delay.enable();
    const questions: LedgerQuestions = {
      left: (ports) => this.#left(new Set(ports)),
      totals: () => this.#totals(),
      memory: measureMemory,
      stall: () => {
        const stall = this.#delay.max / 1e6;
        this.#delay.reset();
        return stall;
      },
      reasons: (ports) => ports.flatMap((port) => this.#reasons.get(port) ?? []),
      reported: () => this.#reported.splice(0),
      webTransport: (chunks, isEnded) => this.#webTransport(chunks, isEnded),
    };
    process.on('message', ({ id, name, args }: { id: number; name: keyof LedgerQuestions; args: never[] }) => {
      const question = questions[name] as (...args: never[]) => unknown;
      void Promise.resolve(question(...args)).then((answer) => process.send!({ id, answer }));
    });
    process.on('disconnect', () => process.exit());
    const tell = (): unknown => process.send!({ port: (this.httpServer.address() as AddressInfo).port });
    if (this.httpServer.listening) tell();
    else this.httpServer.listen(0, '127.0.0.1', tell);
  }

  #watch(namespace: Namespace): void {
    namespace.on('connection', (socket) => {
      this.#connects++;
      socket.on('disconnect', () => this.#disconnects++);
    });
  }

  #left(ports: ReadonlySet<number>): Left {
    const isTheirs = (conn: object): boolean => ports.has(this.#ports.get(conn) ?? 0);
    const sockets = this.#namespaces().flatMap((namespace) => [...namespace.sockets.values()]);
    return {
      connections: [...this.#connections.keys()].filter((port) => ports.has(port)).length,
      sessions: Object.values(this.io.engine.clients).filter(isTheirs).length,
      sockets: sockets.filter((socket) => isTheirs(socket.conn)).length,
    };
  }

  #namespaces(): Namespace[] {
    return [...this.io.namespaces.values()];
  }

  #totals(): Totals {
    const all = this.#namespaces();
    const dynamic = all.filter(({ name }) => dynamicName.test(name));
    return {
      connects: this.#connects,
      disconnects: this.#disconnects,
      sockets: all.reduce((sum, { sockets }) => sum + sockets.size, 0),
      sessions: Object.keys(this.io.engine.clients).length,
      clientsCount: this.io.engine.clientsCount,
      connections: this.#connections.size,
      rooms: all.reduce((sum, { adapter }) => sum + adapter.rooms.size, 0),
      dynamicNamespaces: dynamic.length,
    };
  }
}

function createServed(options: ServerOptions): Served {
  const times = { headersTimeout: 2_000, requestTimeout: 3_000, connectionsCheckingInterval: 200 };
  const httpServer = createServer(times, (_request, response) => response.writeHead(404).end('elsewhere'));
  return { httpServer, io: new Server(httpServer, options) };
}

async function measureMemory(): Promise<number> {
  await collectGarbage();
  // Buffers are a part of what is external.
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
