import { ServerResponse, type IncomingMessage, type Server as HttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { encodeOpen, Frame } from '../protocol/index.js';
import { countdown, createLog, createSecretId, RookeryError, TimerWheel, within } from '../shared/index.js';
import {
  admit,
  errorCodes,
  errorMessages,
  reject,
  type Admission,
  type AdmissionRequest,
  type ErrorCode,
  type KnownSession,
  type Rejection,
} from './admission.js';
import { createCors } from './cors.js';
import { EngineSocket, upgradesOf, type EngineSocketOwner } from './engine-socket.js';
import { FlushSchedule } from './flush-schedule.js';
import type { EngineHandler } from './handler.js';
import type { HandshakeRequest } from './handshake-request.js';
import { Handshakes } from './handshakes.js';
import { attachToHttpServer } from './http-endpoint.js';
import { LazyEmitter } from './lazy-emitter.js';
import { LimitReporter } from './limit-reporter.js';
import { runMiddlewares, type EngineMiddleware } from './middleware.js';
import { resolveEngineOptions, type AttachOptions, type EngineOptions, type ResolvedEngineOptions } from './options.js';
import { OriginCheck } from './origin-check.js';
import { PendingHandshakes } from './pending-handshakes.js';
import { queryOf, type Query, type RequestWithQuery } from './query.js';
import { answerHttp, answerUpgrade, refuseHttp, refuseUpgrade } from './rejection-response.js';
import { revision4, type Revision } from './revision.js';
import type { SessionHost, SessionRouter } from './session-routing.js';
import type { EngineSocketHandler } from './socket-handler.js';
import { formatFor } from './transport/packet-format.js';
import { jsonpEnvelope, plainEnvelope } from './transport/polling-envelope.js';
import { PollingTransport } from './transport/polling.js';
import { detached, type Transport } from './transport/transport.js';
import type { WebTransportSession } from './transport/webtransport.js';
import { UpgradeAttempt } from './upgrade.js';
import { WebSocketEndpoint, type WebSocketUpgrade } from './websocket-endpoint.js';
import { acceptWebTransport } from './webtransport-endpoint.js';

/** A refused request, as listeners of `connection_error` get it. */
export interface ConnectionError {
  readonly req: IncomingMessage;
  readonly code: ErrorCode;
  readonly message: string;
  readonly context: Readonly<Record<string, unknown>>;
}

/** An upgrade request that has been let in. */
interface AdmittedUpgrade extends WebSocketUpgrade {
  /** Carries the headers that middlewares have set; `null` without middlewares. */
  readonly response: ServerResponse | null;
  /** Whether it opens a session. */
  readonly isInitial: boolean;
  /** Whether it came without a query that a framework has read. */
  readonly isBare: boolean;
}

// A tick is this fraction of the shortest of the intervals; deadlines are late by one tick at most.
const ticksPerInterval = 50;
const longestTick = 100;
// How long what was closed at once may take to be gone, in milliseconds.
const closeTimeout = 5_000;

const silent: EngineSocketHandler = { onMessage() {}, onWritable() {}, onClose() {} };

/**
 * Opens sessions and routes requests to them; applications know it as `io.engine`.
 *
 * Events: `connection(socket)`, `initial_headers(headers, request)`, `headers(headers, request)`,
 * `connection_error({ req, code, message, context })`, `flush(socket, buffer)`, `drain(socket)`,
 * `limit({ limit, max, socket, namespace, address })`,
 * `slowConsumer(socket, { action, dropped, waitingBytes, waitingPackets })`.
 */
export class EngineServer extends LazyEmitter implements EngineSocketOwner {
  /** The numbers by which clients know why they were refused. */
  static readonly errors = errorCodes;
  /** The text for each code. */
  static readonly errorMessages = errorMessages;

  opts!: ResolvedEngineOptions;
  /** The open sessions by id; an object without prototype. */
  readonly clients = Object.create(null) as Record<string, EngineSocket>;
  /** The one clock of all sessions. */
  wheel!: TimerWheel;
  /** The HTTP server that `attach()` was given. */
  httpServer: HttpServer | undefined;
  readonly #handler: EngineHandler | undefined;
  #cors: EngineMiddleware | null = null;
  /** `null` where every origin is let in. */
  #originCheck: OriginCheck | null = null;
  readonly #middlewares: EngineMiddleware[] = [];
  #webSockets: WebSocketEndpoint | undefined;
  #clientsCount = 0;
  /** How often each limit was reached; `limit` is emitted each time, and `slowConsumer` for clients that do not read. */
  readonly limits = new LimitReporter((event, ...args) => void this.emit(event, ...args));
  #handshakes!: Handshakes;
  /** @internal */
  readonly flushes = new FlushSchedule((error) => this.opts.onError(error));
  /** `null` where every session is here. */
  #router: SessionRouter | null = null;
  #routerClosed: Promise<void> = Promise.resolve();
  #detach: (() => void) | null = null;
  /** Sessions of WebTransport that have said nothing yet. */
  readonly #nascent = new Set<WebTransportSession>();
  readonly #pending = new PendingHandshakes();
  /** Called when the last session has ended. */
  #onEmpty: (() => void)[] = [];
  /** Closed, and not attached again since. */
  #isClosed = false;
  /** Closed, or about to be. */
  #refusesSessions = false;

  constructor(options: EngineOptions = {}, handler?: EngineHandler) {
    super();
    this.#handler = handler;
    this.configure(options);
  }

  /**
   * Sets the options, all of them: for an engine that nobody has connected to yet.
   *
   * @throws RookeryError `INVALID_OPTION` for a value that cannot work, or once there are sessions.
   */
  configure(options: EngineOptions): void {
    if (this.#clientsCount > 0) {
      throw new RookeryError('INVALID_OPTION', 'The options of an engine cannot change while it has sessions');
    }
    this.opts = resolveEngineOptions(options);
    const { pingInterval, pingTimeout, upgradeTimeout, cors, transports, checkOrigin, log, onError } = this.opts;
    const shortest = Math.min(pingInterval, pingTimeout, upgradeTimeout);
    this.#handshakes = new Handshakes(this.opts, this.limits, {
      make: (request) => this.generateId(request),
      isTaken: (id) => this.clients[id] !== undefined,
    });
    this.wheel = new TimerWheel(Math.min(shortest / ticksPerInterval, longestTick));
    this.#webSockets = transports.includes('websocket') ? new WebSocketEndpoint(this.opts) : undefined;
    this.#cors = cors === false ? null : createCors(cors, (error) => onError(error, 'cors'));
    this.#originCheck = checkOrigin === false ? null : new OriginCheck(this.opts, createLog('engine', log), onError);
    // Of options that are replaced; it has made no id.
    void this.#router?.close(0);
    this.#router = this.opts.sessionRouting?.createRouter(this.#sessionHost()) ?? null;
  }

  /** How many sessions are open. */
  get clientsCount(): number {
    return this.#clientsCount;
  }

  /** Serves the engine's path on an HTTP server; every other path stays with the server's own listeners. */
  attach(server: HttpServer, options: AttachOptions = {}): this {
    this.httpServer = server;
    this.#isClosed = false;
    this.#refusesSessions = false;
    this.#detach?.();
    this.#detach = attachToHttpServer(server, this, this.#webSockets !== undefined, options);
    this.routingReady().catch((error: unknown) => this.opts.onError(error, 'sessionRouting'));
    return this;
  }

  /**
   * Resolves when other nodes can pass on requests of sessions of this one; at once without `sessionRouting`.
   *
   * Rejects when its listener cannot listen; handshakes are refused then.
   */
  async routingReady(): Promise<void> {
    await this.#router?.start();
  }

  /** Adds a middleware that runs for every HTTP request and every upgrade. */
  use(middleware: EngineMiddleware): this {
    this.#middlewares.push(middleware);
    return this;
  }

  /** Makes the id of a session; replace it to make your own, unguessable and unique. */
  generateId(_request: IncomingMessage | undefined): string | Promise<string> {
    return this.#router === null ? createSecretId() : this.#router.createId();
  }

  /** The transports a session may go on to from the one it has. */
  upgrades(transport: Transport['name']): string[] {
    return this.opts.allowUpgrades ? upgradesOf(transport, this.opts.transports) : [];
  }

  /** Takes an HTTP request, whatever its path. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void {
    const query = queryOf(request);
    if (this.#isClosed || (this.#refusesSessions && !hasSession(query))) {
      refuseHttp(response);
      return;
    }
    if (this.#isForeign(query)) {
      // Before the middlewares: they are the owner's to run, once.
      const refuse = (): void => this.#serveRequest(request, response, query);
      if (this.#router!.routeRequest(query['sid']!, request, response, refuse)) return;
    }
    this.#serveRequest(request, response, query);
  }

  #serveRequest(request: IncomingMessage, response: ServerResponse, query: Query): void {
    let isDecided = false;
    const decided = (): boolean => {
      isDecided = true;
      this.#pending.settle(response);
      return !response.writableEnded && !response.destroyed;
    };
    const refuse = (rejection: Rejection): void => {
      if (decided()) this.#rejectHttp(request, response, rejection);
    };
    this.#runMiddlewares(request, response, (error) => {
      if (response.writableEnded || response.destroyed) return;
      if (error !== undefined) {
        refuse(reject(errorCodes.BAD_REQUEST, { name: 'MIDDLEWARE_FAILURE' }));
        return;
      }
      this.#checkOrigin(request, response, (foreign) => {
        if (response.writableEnded || response.destroyed) return;
        if (foreign === undefined) this.#serveAdmitted(request, response, query, decided, refuse);
        else refuse(foreign);
      });
    });
    if (!isDecided && !response.writableEnded) this.#pending.add(response, () => refuseHttp(response));
  }

  /** @param decided to be called once somebody answers; tells whether that is still to be done. */
  #serveAdmitted(
    request: IncomingMessage,
    response: ServerResponse,
    query: Query,
    decided: () => boolean,
    refuse: (rejection: Rejection) => void,
  ): void {
    const outcome = this.#admit(request, query, false);
    if (outcome.kind === 'rejection') {
      refuse(outcome);
    } else if (outcome.kind === 'session') {
      decided();
      (this.clients[outcome.sid]!.transport as PollingTransport).handle(request, response);
    } else {
      this.#handshakes.begin(request, refuse, (id) => {
        if (!decided()) return;
        if (this.#refusesSessions) refuseHttp(response);
        else this.#openPolling(id, outcome.revision, request, response);
      });
    }
  }

  /** Takes an upgrade request, whatever its path. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // First of all: a reset of the connection is an `error` event, and nobody else listens from here on.
    socket.on('error', noOperation);
    const isBare = (request as RequestWithQuery)._query === undefined;
    const query = queryOf(request);
    if (this.#isClosed || (this.#refusesSessions && !hasSession(query))) {
      refuseUpgrade(socket);
      return;
    }
    if (this.#isForeign(query)) {
      const refuse = (): void => this.#serveUpgrade(request, socket, head, query, isBare);
      if (this.#router!.routeUpgrade(query['sid']!, request, socket, head, refuse)) return;
    }
    this.#serveUpgrade(request, socket, head, query, isBare);
  }

  /** @param isBare whether nobody has read the query of the request before. */
  #serveUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, query: Query, isBare: boolean): void {
    const response = this.#hasMiddlewares ? upgradeResponse(request, socket) : null;
    let isDecided = false;
    const decided = (): void => {
      isDecided = true;
      this.#pending.settle(socket);
    };
    const refuse = (rejection: Rejection): void => {
      decided();
      this.#rejectUpgrade(request, socket, rejection);
    };
    const proceed = (error?: unknown): void => {
      if (socket.destroyed) return;
      if (error === undefined) this.#checkOrigin(request, response, serve);
      else refuse(reject(errorCodes.BAD_REQUEST, { name: 'MIDDLEWARE_FAILURE' }));
    };
    const serve = (foreign?: Rejection): void => {
      if (socket.destroyed) return;
      if (foreign !== undefined) {
        refuse(foreign);
        return;
      }
      const outcome = this.#admit(request, query, true);
      if (outcome.kind === 'rejection') {
        refuse(outcome);
      } else if (outcome.kind === 'session') {
        decided();
        const { protocol, readyState } = this.clients[outcome.sid]!;
        // It would only have to be closed again.
        if (readyState !== 'open') {
          refuseUpgrade(socket);
          return;
        }
        const upgrade = { request, socket, head, response, protocol, isInitial: false, isBare };
        this.#acceptWebSocket(upgrade, (transport) => this.#upgrade(outcome.sid, transport));
      } else {
        this.#handshakes.begin(request, refuse, (id) => {
          decided();
          if (socket.destroyed) return;
          if (this.#refusesSessions) {
            refuseUpgrade(socket);
            return;
          }
          const { revision } = outcome;
          const upgrade = { request, socket, head, response, protocol: revision.protocol, isInitial: true, isBare };
          this.#acceptWebSocket(upgrade, (transport, origin) => this.#open(id, transport, origin, revision));
        });
      }
    };
    if (response === null) proceed();
    else this.#runMiddlewares(request, response, proceed);
    if (!isDecided && !socket.destroyed) this.#pending.add(socket, () => refuseUpgrade(socket));
  }

  /**
   * Opens a session over a transport that comes neither from a request nor from an upgrade.
   *
   * Such a session has passed no `allowRequest`; whoever brings the transport decides who may have it. Rejects when the
   * engine is closed.
   *
   * @param request what the application sees as the request; its query becomes that of the handshake.
   */
  async openSession(transport: Transport, request?: IncomingMessage): Promise<EngineSocket> {
    if (request !== undefined) queryOf(request);
    const id = await this.generateId(request);
    // Nobody would close it.
    if (this.#refusesSessions) throw new Error('The engine is closed: it opens no more sessions');
    return this.#open(id, transport, request, revision4);
  }

  /**
   * Takes a WebTransport session: a new client, or one that changes over from polling.
   *
   * What is not let in, or breaks the protocol, is closed. Needs `"webtransport"` among the transports.
   */
  async onWebTransportSession(session: WebTransportSession): Promise<void> {
    if (this.#isClosed || !this.opts.transports.includes('webtransport')) session.close();
    else await acceptWebTransport(session, this, this.#nascent);
  }

  /** @internal */
  admitWebTransport(
    request: IncomingMessage,
    response: ServerResponse,
    accept: (id: string) => void,
    refuse: () => void,
  ): void {
    this.#admitWebTransport(request, response, refuse, (refuseWith) =>
      this.#handshakes.begin(request, refuseWith, accept),
    );
  }

  /** @param admit called when middlewares and origin let it. */
  #admitWebTransport(
    request: IncomingMessage,
    response: ServerResponse,
    refuse: () => void,
    admit: (refuseWith: (rejection: Rejection) => void) => void,
  ): void {
    // Middlewares and handshakes read the query that it leaves on the request.
    queryOf(request);
    const refuseWith = (rejection: Rejection): void => {
      refuse();
      this.#announce(request, rejection);
    };
    // A middleware that answers has refused: nobody reads what it says.
    response.end = () => {
      refuse();
      return response;
    };
    this.#runMiddlewares(request, response, (error) => {
      if (error !== undefined) {
        refuseWith(reject(errorCodes.BAD_REQUEST, { name: 'MIDDLEWARE_FAILURE' }));
        return;
      }
      this.#checkOrigin(request, response, (foreign) => {
        if (foreign === undefined) admit(refuseWith);
        else refuseWith(foreign);
      });
    });
  }

  /** @internal */
  openWebTransport(id: string, transport: Transport, request: IncomingMessage): void {
    if (this.#refusesSessions) transport.close(true);
    else this.#guard(() => this.#open(id, transport, request, revision4));
  }

  /** @internal */
  upgradeToWebTransport(sid: string, transport: Transport, request: IncomingMessage, response: ServerResponse): void {
    const refuse = (): void => transport.close(true);
    this.#admitWebTransport(request, response, refuse, () => this.#guard(() => this.#upgrade(sid, transport)));
  }

  /** Takes no more sessions, until `attach()` is called again: who comes is answered 503. Those there are stay. */
  refuseSessions(): this {
    this.#refusesSessions = true;
    return this;
  }

  /** Closes every session at once, and takes no more; an attached HTTP server stays as it is. */
  close(): this {
    void this.#close(closeTimeout);
    this.#leave();
    return this;
  }

  /** @returns the end of the router. */
  #close(timeout: number): Promise<void> {
    this.#isClosed = true;
    this.#refusesSessions = true;
    for (const id of Object.keys(this.clients)) this.clients[id]?.close(true);
    for (const session of this.#nascent) session.close();
    this.#webSockets?.close();
    // Behind the sessions: their last answers go through it.
    this.#routerClosed = this.#router?.close(timeout) ?? Promise.resolve();
    return this.#routerClosed;
  }

  /** Gives the path back. With a router, clients of other nodes may still come: they are told to go elsewhere. */
  #leave(): void {
    if (this.#router !== null) return;
    this.#detach?.();
    this.#detach = null;
  }

  /** Resolves when `close()` has ended what other nodes pass on, too; at once without `sessionRouting`. */
  routingClosed(): Promise<void> {
    return this.#routerClosed;
  }

  /**
   * Closes every session once what it still had to send has left, and waits until every peer has answered the closing
   * handshake; who comes meanwhile is answered 503.
   *
   * @param timeout the longest wait, in milliseconds; connections that are still open then are cut.
   */
  async drain(timeout: number): Promise<void> {
    const left = countdown(timeout);
    this.refuseSessions();
    await this.#sessionsEnded(timeout);
    const webSockets = this.#webSockets;
    const routerClosed = this.#close(left());
    await webSockets?.closed(left());
    // They are refused whatever is decided.
    this.#pending.refuseAll();
    // Until now, who came was answered 503. It may have been attached again meanwhile.
    if (this.#isClosed) this.#leave();
    await within(left(), routerClosed);
  }

  async #sessionsEnded(timeout: number): Promise<void> {
    for (const id of Object.keys(this.clients)) this.clients[id]?.end();
    if (this.#clientsCount === 0) return;
    const isEmpty = new Promise<void>((resolve) => {
      this.#onEmpty.push(resolve);
    });
    await within(timeout, isEmpty);
  }

  /** @internal */
  forget(socket: EngineSocket): void {
    if (this.clients[socket.id] !== socket) return;
    delete this.clients[socket.id];
    this.#clientsCount--;
    if (this.#clientsCount === 0) for (const call of this.#onEmpty.splice(0)) call();
    this.#handshakes.closed(socket.id);
  }

  protected override onListenerError(error: unknown, event: string): void {
    this.opts.onError(error, event);
  }

  /** @internal */
  mirror(event: 'flush' | 'drain', socket: EngineSocket, ...args: unknown[]): void {
    if (this.emitter !== null) this.emit(event, socket, ...args);
  }

  get #hasMiddlewares(): boolean {
    return this.#cors !== null || this.#middlewares.length > 0;
  }

  /** That for other origins comes first: what the others answer is for other origins too. */
  #runMiddlewares(request: IncomingMessage, response: ServerResponse, done: (error?: unknown) => void): void {
    const all = this.#cors === null ? this.#middlewares : [this.#cors, ...this.#middlewares];
    const report = (error: unknown, middleware: EngineMiddleware): void =>
      this.opts.onError(error, middleware === this.#cors ? 'cors' : 'engine.use');
    runMiddlewares(all, request, response, report, done);
  }

  /** Whether a request names a session that is not here, and somebody may know where it is. */
  #isForeign({ sid }: Query): boolean {
    return this.#router !== null && sid !== undefined && sid !== '' && this.clients[sid] === undefined;
  }

  #sessionHost(): SessionHost {
    return {
      hasSession: (sid) => this.clients[sid] !== undefined,
      handleRequest: (request, response) => this.handleRequest(request, response),
      handleUpgrade: (request, socket, head) => this.handleUpgrade(request, socket, head),
      releasePoll: (sid) => {
        const transport = this.clients[sid]?.transport;
        if (transport instanceof PollingTransport) transport.release();
      },
      onError: (error) => this.opts.onError(error),
    };
  }

  #checkOrigin(request: IncomingMessage, response: ServerResponse | null, done: (foreign?: Rejection) => void): void {
    if (this.#originCheck === null) done();
    else this.#originCheck.decide(request, response, done);
  }

  #admit(request: IncomingMessage, query: Query, isUpgrade: boolean): Admission | Rejection {
    const facts: AdmissionRequest = {
      method: request.method,
      origin: request.headers.origin,
      isUpgrade,
      query,
    };
    return admit(facts, (sid) => this.#known(sid), this.opts);
  }

  #known(sid: string): KnownSession | undefined {
    const session = this.clients[sid];
    return session && { transport: session.transport.name, protocol: session.protocol };
  }

  #openPolling(id: string, revision: Revision, request: IncomingMessage, response: ServerResponse): void {
    if (response.destroyed) return;
    const { maxHttpBufferSize, maxPacketsPerPayload, httpCompression, cookie, onError } = this.opts;
    let isFirst = true;
    const { j: callback, b64 } = queryOf(request);
    const isJsonp = callback !== undefined;
    const transport = new PollingTransport(request, detached, {
      format: formatFor(revision.protocol, !isJsonp && !b64),
      envelope: isJsonp ? jsonpEnvelope(callback) : plainEnvelope,
      maxHttpBufferSize,
      maxPacketsPerPayload,
      httpCompression,
      onError,
      decorate: (headers, of) => {
        if (isFirst) {
          isFirst = false;
          if (cookie !== false) headers['Set-Cookie'] = cookie(id);
          this.emit('initial_headers', headers, of);
        }
        this.emit('headers', headers, of);
      },
    });
    transport.handle(request, response);
    this.#guard(() => this.#open(id, transport, request, revision));
  }

  #open(
    id: string,
    transport: Transport,
    request: IncomingMessage | HandshakeRequest | undefined,
    revision: Revision,
  ): EngineSocket {
    const { pingInterval, pingTimeout, maxHttpBufferSize, initialPacket } = this.opts;
    const socket = new EngineSocket(id, this, transport, request, revision);
    this.clients[id] = socket;
    this.#clientsCount++;
    this.#handshakes.opened(socket);
    const open = { sid: id, upgrades: this.upgrades(transport.name), pingInterval, pingTimeout };
    const first = [new Frame('open', [encodeOpen({ ...open, maxPayload: maxHttpBufferSize })], false)];
    if (initialPacket !== undefined) first.push(new Frame('message', [initialPacket]));
    try {
      socket.open(first, (opened) => this.#handler?.onOpen(opened) ?? silent);
    } catch (error) {
      // Nobody reads what it sends.
      this.opts.onError(error, 'connection');
      socket.close();
      return socket;
    }
    this.emit('connection', socket);
    return socket;
  }

  #upgrade(sid: string, transport: Transport): void {
    const session = this.clients[sid];
    // One attempt at a time, and only from polling.
    if (session === undefined || session.upgrading || session.upgraded || session.transport.name !== 'polling') {
      transport.close(true);
      return;
    }
    new UpgradeAttempt(session, transport);
  }

  #acceptWebSocket(upgrade: AdmittedUpgrade, accept: (transport: Transport, origin: HandshakeRequest) => void): void {
    const { request, response, isInitial, isBare } = upgrade;
    const headers = response === null ? {} : headersOf(response);
    if (isInitial) this.emit('initial_headers', headers, request);
    this.emit('headers', headers, request);
    this.#webSockets!.accept(upgrade, headers, (transport, origin) => {
      this.#guard(() => accept(transport, origin));
      if (isBare && this.#isSeenByUsAlone(request)) origin.release();
    });
  }

  /** Whether nobody else was given a request that came with an upgrade: who was may keep it, or what it has on it. */
  #isSeenByUsAlone(request: IncomingMessage): boolean {
    const { allowRequest, cors, checkOrigin, wsEngine } = this.opts;
    return (
      this.#middlewares.length === 0 &&
      allowRequest === undefined &&
      wsEngine === undefined &&
      typeof cors !== 'function' &&
      typeof checkOrigin !== 'function' &&
      this.generateId === EngineServer.prototype.generateId &&
      this.listenerCount('initial_headers') === 0 &&
      this.listenerCount('headers') === 0 &&
      this.httpServer?.listenerCount('upgrade') === 1 &&
      (request.socket as { server?: unknown }).server === this.httpServer
    );
  }

  #rejectHttp(request: IncomingMessage, response: ServerResponse, rejection: Rejection): void {
    answerHttp(response, rejection);
    this.#announce(request, rejection);
  }

  #rejectUpgrade(request: IncomingMessage, socket: Duplex, rejection: Rejection): void {
    answerUpgrade(socket, rejection);
    this.#announce(request, rejection);
  }

  #announce(req: IncomingMessage, { code, context }: Rejection): void {
    this.#guard(() => this.emit('connection_error', { req, code, message: errorMessages[code], context }));
  }

  /** What the application throws must not stay in the hands of the HTTP server or of `ws`. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.opts.onError(error);
    }
  }
}

/** What middlewares are given for an upgrade: one that answers has refused, a socket that waits for a 101 has no use for it. */
function upgradeResponse(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request);
  response.end = () => {
    socket.destroy();
    return response;
  };
  return response;
}

function hasSession({ sid }: Query): boolean {
  return sid !== undefined && sid !== '';
}

function headersOf(response: ServerResponse): Record<string, string | string[]> {
  // Middlewares that add headers at the last moment wait for writeHead.
  response.writeHead(200);
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(response.getHeaders())) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value : String(value);
  }
  return headers;
}

function noOperation(): void {}
