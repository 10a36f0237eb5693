import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import { InMemoryAdapter, RecoveringAdapter, type Adapter, type AdapterConstructor } from '../adapter/index.js';
import {
  claimRequests,
  createCors,
  runMiddlewares,
  EngineServer,
  isAttachOption,
  type AttachOptions,
  type EngineHandler,
  type EngineOptions,
  type EngineSocket,
  type LimitHit,
} from '../engine/index.js';
import { countdown, createLog, definedOnly, positive, RookeryError, within, type LogSink } from '../shared/index.js';
import { BroadcastHost } from './broadcast-host.js';
import type { BroadcastTarget } from './broadcast-operator.js';
import { ClientBundle } from './client-bundle.js';
import { graceOf, type CloseOptions } from './close-options.js';
import { resolveClientLimits, type ResolvedClientLimits } from './client-limits.js';
import { Connection, type ConnectableNamespace, type ConnectionOwner } from './connection.js';
import { disconnectReasons } from './disconnect-reason.js';
import { DispatchQueue } from './dispatch-queue.js';
import { ErrorBoundary } from './error-boundary.js';
import { HttpConnections } from './http-connections.js';
import type { Middleware } from './middleware.js';
import { Namespace, type NamespaceOwner, type NamespaceReservedEvents } from './namespace.js';
import { Namespaces } from './namespaces.js';
import type { ServerOptions } from './options.js';
import { ParentNamespace, type NamespaceMatcher } from './parent-namespace.js';
import { createCodec, type Codec, type PacketEncoder } from './parser-port.js';
import { publishServer } from './published-host.js';
import { resolveRecovery, type ResolvedRecovery } from './recovery.js';
import { resolveReliableDelivery, type ResolvedReliableDelivery } from './reliable/options.js';
import { presetOf, recoveryLimitsOf } from './security.js';
import type { Socket } from './socket.js';
import type { DefaultEventsMap, EventName, EventParams, EventsMap } from '../shared/index.js';

/** The events of a server that are not the other servers'. */
export interface ServerReservedEvents<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> extends NamespaceReservedEvents<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
  /** A namespace other than the main one was made. */
  new_namespace(namespace: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>): unknown;
}

const defaultPath = '/socket.io';
const defaultConnectTimeout = 45_000;
const defaultAckTimeout = 30_000;
const defaultAttachmentTimeout = 10_000;
const consoleSink: LogSink = {
  warn: (message, context) => console.warn(`[${context}] ${message}`),
  error: (message, stack, context) =>
    console.error(`[${context}] ${message}${stack === undefined ? '' : `\n${stack}`}`),
};

/** The browser files of the client at a path. */
interface ServedFiles {
  readonly serves: (url: string | undefined) => boolean;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
}

/**
 * A Socket.IO server.
 *
 * Listening and broadcasting on it is listening and broadcasting on its main namespace, `io.of("/")`.
 */
export class Server<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  // The border to the application: data it hangs on a socket.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  SocketData = any,
>
  extends BroadcastHost<
    EmitEvents,
    ServerSideEvents,
    ServerReservedEvents<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    SocketData
  >
  implements NamespaceOwner, ConnectionOwner, EngineHandler
{
  /** The main namespace. */
  readonly sockets: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /** The Engine.IO server below; it takes requests as soon as the server is attached. */
  engine: EngineServer;
  /** @internal */
  readonly codec: Codec;
  /** @internal */
  readonly recovery: ResolvedRecovery | undefined;
  /** @internal */
  readonly reliableDelivery: ResolvedReliableDelivery | undefined;
  /** @internal */
  readonly boundary: ErrorBoundary;
  /** @internal */
  readonly dispatchQueue = new DispatchQueue();
  /** @internal */
  readonly ackTimeout: number;
  /** @internal */
  readonly attachmentTimeout: number;
  /** @internal */
  readonly limits: ResolvedClientLimits;
  /** @internal */
  adapterConstructor: AdapterConstructor;
  /** What the constructor was given. */
  readonly #given: ServerOptions;
  /** What counts where nothing was given. */
  readonly #preset: ServerOptions;
  readonly #namespaces: Namespaces<
    Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    ParentNamespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
  >;
  readonly #log: LogSink | undefined;
  #path: string;
  #servesClient: boolean;
  #releaseFiles: (() => void) | null = null;
  #files: ServedFiles | undefined;
  #connectTimeout: number;
  #httpServer: HttpServer | undefined;
  #connections: HttpConnections | undefined;
  /** Set once the server is closing. */
  #disconnecting: Promise<void> | undefined;

  /**
   * @param target an HTTP server or a port to serve at once; or the options, when `attach()` comes later.
   * @throws RookeryError `INVALID_ATTACH_TARGET` for anything else, such as a request handler of a framework.
   */
  constructor(options?: ServerOptions);
  constructor(target: HttpServer | number | string | undefined, options?: ServerOptions);
  constructor(target?: HttpServer | number | string | ServerOptions, options?: ServerOptions) {
    super();
    const isOptions = target !== null && typeof target === 'object' && !isHttpServer(target);
    this.#given = definedOnly({ ...(isOptions ? target : options) });
    this.#preset = presetOf(this.#given);
    const all: ServerOptions = { ...this.#preset, ...this.#given };
    const { path = defaultPath, connectTimeout = defaultConnectTimeout, log: sink = consoleSink } = all;
    this.#log = sink === false ? undefined : sink;
    const log = createLog('socket.io', this.#log);
    this.boundary = new ErrorBoundary(all.onError, log, all.uncaught ?? 'report');
    this.ackTimeout = positive('ackTimeout', all.ackTimeout ?? defaultAckTimeout);
    this.#path = withoutTrailingSlash(path);
    this.#servesClient = all.serveClient ?? true;
    this.#connectTimeout = positive('connectTimeout', connectTimeout);
    this.attachmentTimeout = positive('attachmentTimeout', all.attachmentTimeout ?? defaultAttachmentTimeout);
    this.limits = resolveClientLimits(all);
    this.codec = createCodec(all.parser, all);
    const recovery = resolveRecovery(all.connectionStateRecovery, recoveryLimitsOf(all));
    this.recovery = recovery;
    this.reliableDelivery = resolveReliableDelivery(all.reliableDelivery);
    this.adapterConstructor =
      all.adapter ?? (recovery === undefined ? InMemoryAdapter : (nsp) => new RecoveringAdapter(nsp, recovery));
    this.engine = new EngineServer(this.#engineOptions(), this);
    this.#namespaces = new Namespaces({
      create: (name) => new Namespace(this, name),
      createParent: (name) => new ParentNamespace(this, name),
      onNew: (namespace) => this.sockets.announce(namespace),
      onError: (error, event) => this.boundary.report(error, { event }),
    });
    this.sockets = this.of('/');
    if (target !== undefined && !isOptions) this.attach(target as HttpServer | number | string);
  }

  /** The HTTP server it is attached to. */
  get httpServer(): HttpServer | undefined {
    return this.#httpServer;
  }

  protected get broadcastTarget(): BroadcastTarget {
    return this.sockets;
  }

  /**
   * Returns a namespace, made now if it is new; or, for a pattern or a function, the parent of all that match.
   *
   * @param onConnection added as a `connection` listener.
   * @throws RookeryError `INVALID_NAMESPACE` for a name with a comma, or a pattern with the flag `g` or `y`.
   */
  of(
    name: string,
    onConnection?: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => unknown,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  of(
    pattern: RegExp | NamespaceMatcher,
    onConnection?: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => unknown,
  ): ParentNamespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  of(
    name: string | RegExp | NamespaceMatcher,
    onConnection?: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => unknown,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    const isPattern = typeof name === 'function' || name instanceof RegExp;
    const namespace = isPattern ? this.#namespaces.match(name) : this.#namespaces.of(name);
    if (onConnection !== undefined) namespace.on('connection', onConnection as never);
    return namespace;
  }

  /** Adds a middleware to the main namespace. */
  use(middleware: Middleware<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>): this {
    this.sockets.use(middleware);
    return this;
  }

  /**
   * Serves an HTTP server, or a port with an HTTP server of its own that answers 404 to everything else.
   *
   * @param options how to attach, and options of the engine; what the constructor was given counts more.
   * @throws RookeryError `INVALID_ATTACH_TARGET` for anything else, such as a request handler of a framework.
   */
  attach(
    target: HttpServer | number | string,
    options: AttachOptions & Omit<EngineOptions, 'onError' | 'log'> = {},
  ): this {
    const engineOptions = Object.entries(options).filter(([name]) => !isAttachOption(name));
    if (engineOptions.length > 0) this.engine.configure(this.#engineOptions(Object.fromEntries(engineOptions)));
    const server = isHttpServer(target) ? target : listenOn(target);
    if (server !== this.#httpServer || this.#disconnecting !== undefined) {
      this.#connections?.release();
      this.#connections = new HttpConnections(server);
    }
    this.#httpServer = server;
    this.#disconnecting = undefined;
    this.#path = withoutTrailingSlash(this.#given.path ?? options.path ?? this.#path);
    this.engine.attach(server, { ...options, ...attachOptionsOf(this.#given), path: this.#path });
    this.#releaseFiles?.();
    this.#files = this.#servesClient ? this.#filesAt(this.#path) : undefined;
    this.#releaseFiles =
      this.#files === undefined ? null : claimRequests(server, this.#files.serves, this.#files.handle);
    return this;
  }

  /** Same as `attach`. */
  listen(target: HttpServer | number | string, options?: AttachOptions & Omit<EngineOptions, 'onError' | 'log'>): this {
    return this.attach(target, options);
  }

  /** Takes the sessions of an engine that the application has made, in the stead of its own. */
  bind(engine: EngineServer): this {
    this.engine = engine;
    engine.on('connection', (conn: EngineSocket) => this.onconnection(conn));
    return this;
  }

  /** Takes a session of another engine. */
  onconnection(conn: EngineSocket): this {
    conn.handOver(this.onOpen(conn));
    return this;
  }

  /** The path, without a trailing slash. */
  path(): string;
  /** Sets the path; counts for the next `attach()`. */
  path(path: string): this;
  path(path?: string): string | this {
    if (path === undefined) return this.#path;
    this.#given.path = path;
    this.#path = withoutTrailingSlash(path);
    return this;
  }

  /** Whether the browser files of the client are served. */
  serveClient(): boolean;
  /** Sets it; counts for the next `attach()`. */
  serveClient(serves: boolean): this;
  serveClient(serves?: boolean): boolean | this {
    if (serves === undefined) return this.#servesClient;
    this.#servesClient = serves;
    return this;
  }

  /**
   * Answers a request for a browser file of the client, for frameworks whose requests do not all come by the HTTP server.
   *
   * @returns whether it was one; any other request is left alone.
   */
  handleFile(request: IncomingMessage, response: ServerResponse): boolean {
    if (this.#files?.serves(request.url) !== true) return false;
    this.#files.handle(request, response);
    return true;
  }

  /** How long a client may stay without joining a namespace, in milliseconds. */
  connectTimeout(): number;
  connectTimeout(timeout: number): this;
  connectTimeout(timeout?: number): number | this {
    if (timeout === undefined) return this.#connectTimeout;
    this.#connectTimeout = positive('connectTimeout', timeout);
    return this;
  }

  /** Who keeps rooms and carries broadcasts. */
  adapter(): AdapterConstructor;
  /** Sets it for every namespace; for servers that no client has joined yet. */
  adapter(adapter: AdapterConstructor): this;
  adapter(adapter?: AdapterConstructor): AdapterConstructor | this {
    if (adapter === undefined) return this.adapterConstructor;
    this.adapterConstructor = adapter;
    for (const namespace of this.#namespaces.all()) namespace.setAdapter(adapter);
    return this;
  }

  /** The adapter of each namespace, by its name. */
  get adapters(): ReadonlyMap<string, Adapter> {
    return new Map([...this.#namespaces.all()].map(({ name, adapter }) => [name, adapter]));
  }

  /**
   * Resolves when the adapters of all namespaces have started, and that of the main one has told how many servers there
   * are: its bus answers.
   *
   * Rejects with what one of them fails with.
   */
  async adaptersReady(): Promise<void> {
    await Promise.all([...this.#namespaces.all()].map(({ adapterStart }) => adapterStart));
    // A published adapter may know of fewer methods.
    await (this.sockets.adapter as Partial<Adapter>).serverCount?.();
  }

  /** Sends an event to the other servers of the cluster; see `Namespace.serverSideEmit`. */
  serverSideEmit<Event extends EventName<ServerSideEvents>>(
    event: Event,
    ...args: EventParams<ServerSideEvents, Event>
  ): boolean {
    return this.sockets.serverSideEmit(event, ...args);
  }

  /** Sends an event to the other servers and waits for one answer each; see `Namespace.serverSideEmitWithAck`. */
  serverSideEmitWithAck<Event extends EventName<ServerSideEvents>>(
    event: Event,
    ...args: unknown[]
  ): Promise<unknown[]> {
    return this.sockets.serverSideEmitWithAck(event, ...args);
  }

  /**
   * Disconnects every client, closes the adapters, the engine and the HTTP server it is attached to.
   *
   * Sockets get `server shutting down`; clients get what was sent to them before, and see their transport close. Who comes
   * meanwhile is answered 503. Resolves when that is done, at once for a server that was never attached, and half a second
   * after the grace at the latest, whatever clients, adapters and handlers do.
   *
   * @param done called with the error of an HTTP server that was not running.
   * @throws RookeryError `INVALID_OPTION`, as a rejection, for a `grace` that no timer can be set to.
   */
  close(done?: (error?: Error) => void): Promise<void>;
  close(options: CloseOptions, done?: (error?: Error) => void): Promise<void>;
  async close(first: CloseOptions | ((error?: Error) => void) = {}, second?: (error?: Error) => void): Promise<void> {
    const [options, done] = typeof first === 'function' ? [{}, first] : [first, second];
    const grace = graceOf(options);
    const left = countdown(grace);
    await this.drain(grace);
    const error = await this.#connections?.close(left());
    if (done !== undefined) this.boundary.run(() => done(error), { event: 'close' });
  }

  /**
   * Disconnects every client, closes the adapters and the engine; the HTTP server stays as it is.
   *
   * Sockets get `server shutting down`; clients get what was sent to them before, see their transport close, and come back
   * elsewhere.
   *
   * @param timeout how long adapters and clients may take, in milliseconds, the adapters half of it; then clients are cut.
   */
  async drain(timeout: number): Promise<void> {
    const left = countdown(timeout);
    await within(timeout / 2, this.#disconnectAll());
    // An engine of the application's own may know of fewer methods.
    const engine: Partial<EngineServer> = this.engine;
    if (engine.drain === undefined) engine.close?.();
    else await engine.drain(left());
    this.#releaseFiles?.();
  }

  /** @param given to `attach()`; what the constructor was given counts more. */
  #engineOptions(given: EngineOptions = {}): EngineOptions {
    return {
      ...this.#preset,
      ...given,
      ...this.#given,
      log: this.#log ?? false,
      onError: (error, event = 'engine') => this.boundary.report(error, { event }),
    };
  }

  #filesAt(path: string): ServedFiles {
    const bundle = new ClientBundle();
    const { cors = false } = this.#given;
    const report = (error: unknown): void => this.boundary.report(error, { event: 'cors' });
    const addHeaders = cors === false ? undefined : createCors(cors, report);
    return {
      serves: (url) => bundle.serves(path, url),
      handle: (request, response) => {
        const handle = (): void => bundle.handle(path, request, response);
        if (addHeaders === undefined) handle();
        else
          runMiddlewares([addHeaders], request, response, report, (error) => {
            if (error === undefined) handle();
            else fail(response);
          });
      },
    };
  }

  /** Once: a second call waits for the first. */
  #disconnectAll(): Promise<void> {
    this.#disconnecting ??= this.#disconnectAndCloseAdapters();
    return this.#disconnecting;
  }

  async #disconnectAndCloseAdapters(): Promise<void> {
    // Whoever came now would take a session away from where others keep it.
    this.engine.refuseSessions();
    const closing = await Promise.allSettled(
      [...this.#namespaces.all()].map(async (namespace) => {
        await namespace.dismiss(disconnectReasons.serverShutdown);
        await namespace.closeAdapter();
      }),
    );
    for (const outcome of closing) {
      if (outcome.status === 'rejected') this.boundary.report(outcome.reason, { event: 'adapter.close' });
    }
  }

  /** Writes packets; adapters encode with it. */
  get encoder(): PacketEncoder {
    return this.codec.encoder;
  }

  /** The namespaces by name. @internal */
  get namespaces(): ReadonlyMap<string, Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>> {
    return this.#namespaces.byName;
  }

  /** The options as adapters may see them: one that cannot recover must not be told that it should. @internal */
  get optionsForAdapters(): object {
    // While the first adapter is being made, nobody knows yet whether it can.
    const canRecover = (this.sockets as { canRecover: boolean } | undefined)?.canRecover ?? true;
    return { ...this.#given, connectionStateRecovery: canRecover ? this.recovery : undefined };
  }

  /** @internal */
  findNamespace(name: string, auth: object, done: (namespace: ConnectableNamespace | undefined) => void): void {
    // While the server is closing, nobody is let in: the connection is closed soon.
    this.#namespaces.find(name, auth, (namespace) => {
      if (this.#disconnecting === undefined) done(namespace);
    });
  }

  /** @internal */
  onLimit(hit: LimitHit): void {
    // An engine of the application's own may know of no limits.
    (this.engine as Partial<EngineServer>).limits?.report(hit);
  }

  /** @internal */
  onEmpty(namespace: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>): void {
    if (this.#given.cleanupEmptyChildNamespaces !== true || !this.#namespaces.removeChild(namespace)) return;
    (this.engine as Partial<EngineServer>).limits?.forgetNamespace(namespace.name);
    this.boundary.run(() => namespace.closeAdapter(), { event: 'adapter.close' });
  }

  /** @internal */
  onOpen(conn: EngineSocket): Connection {
    return new Connection(conn, this);
  }
}

publishServer(Server.prototype);

// Listening on the server is listening on its main namespace.
const delegated = [
  'on',
  'addListener',
  'once',
  'prependListener',
  'prependOnceListener',
  'off',
  'removeListener',
  'removeAllListeners',
  'listeners',
  'rawListeners',
  'listenerCount',
  'eventNames',
  'setMaxListeners',
  'getMaxListeners',
] as const;

for (const method of delegated) {
  Object.defineProperty(Server.prototype, method, {
    configurable: true,
    writable: true,
    value(this: Server, ...args: unknown[]): unknown {
      const main = this.sockets as unknown as Record<string, (...args: unknown[]) => unknown>;
      const result = main[method]!(...args);
      return result === main ? this : result;
    },
  });
}

function fail(response: ServerResponse): void {
  response.writeHead(400);
  response.end();
}

function isHttpServer(target: unknown): target is HttpServer {
  // A framework's request handler can listen too, but is a function.
  if (typeof target !== 'object' || target === null) return false;
  const { listen, on } = target as { listen?: unknown; on?: unknown };
  return typeof listen === 'function' && typeof on === 'function';
}

function listenOn(target: unknown): HttpServer {
  const port = typeof target === 'string' && target.trim() !== '' ? Number(target) : target;
  if (typeof port !== 'number' || !Number.isInteger(port)) {
    const what = typeof target === 'function' ? 'a request handler function' : `this value (${typeof target})`;
    throw new RookeryError(
      'INVALID_ATTACH_TARGET',
      `You are trying to attach socket.io to ${what}. Please pass an http.Server instance or a port.`,
    );
  }
  const server = createServer((_request, response) => {
    response.writeHead(404);
    response.end();
  });
  server.listen(port);
  return server;
}

function withoutTrailingSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

function attachOptionsOf(options: ServerOptions): AttachOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => isAttachOption(name) && value !== undefined),
  );
}
