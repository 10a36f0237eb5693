import {
  canRecover,
  reachesNodes,
  type Adapter,
  type AdapterConstructor,
  type AdapterHost,
  type BroadcastFlags,
  type KeptEvent,
  type RestoredSession,
  type Room,
  type SessionLoss,
  type SessionToPersist,
  type SocketId,
} from '../adapter/index.js';
import type { LimitHit } from '../engine/index.js';
import { Frame, type Packet } from '../protocol/index.js';
import { RookeryError } from '../shared/index.js';
import { BroadcastHost } from './broadcast-host.js';
import type { BroadcastTarget } from './broadcast-operator.js';
import type { ConnectableNamespace, ConnectAttempt } from './connection.js';
import type { Refusal } from './dialect.js';
import type { DisconnectReason } from './disconnect-reason.js';
import type { DispatchQueue } from './dispatch-queue.js';
import type { ErrorBoundary } from './error-boundary.js';
import type { ResolvedClientLimits } from './client-limits.js';
import { internalError, runMiddlewares, type Middleware } from './middleware.js';
import {
  changeNamespaceLimits,
  defaultNamespaceLimits,
  tooManySockets,
  type NamespaceLimits,
  type ResolvedNamespaceLimits,
} from './namespace-limits.js';
import type { Codec } from './parser-port.js';
import { publishNamespace } from './published-host.js';
import { recoveryRequest, type ResolvedRecovery } from './recovery.js';
import { Deliveries } from './reliable/deliveries.js';
import type { KnownOffsets } from './reliable/offsets.js';
import type { ResolvedReliableDelivery } from './reliable/options.js';
import type { SocketConnection, SocketNamespace } from './socket-context.js';
import { Socket } from './socket.js';
import { emitToEach, rejection } from './typed-emitter.js';
import type { DefaultEventsMap, EventName, EventParams, EventsMap } from '../shared/index.js';

/** The events of a namespace that are not the other servers'. */
export interface NamespaceReservedEvents<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> {
  /** A client has come in, and has been told so. */
  connection(socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>): unknown;
  /** Same as `connection`. */
  connect(socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>): unknown;
  /**
   * A session that was kept for an interrupted client is kept no more: nobody came back in time, or newer ones took its place.
   *
   * Where sessions are kept in memory; a bus forgets them without a word.
   */
  recovery_expired(session: ExpiredSession, why: 'expired' | 'evicted'): unknown;
}

/** The socket that nobody came back for. */
export interface ExpiredSession {
  readonly id: SocketId;
  readonly rooms: readonly Room[];
  readonly data: unknown;
}

/** What a namespace needs of its server. */
export interface NamespaceOwner {
  readonly codec: Codec;
  /** Set where interrupted clients may come back. */
  readonly recovery: ResolvedRecovery | undefined;
  /** Set where events may be delivered reliably. */
  readonly reliableDelivery: ResolvedReliableDelivery | undefined;
  readonly boundary: ErrorBoundary;
  readonly dispatchQueue: DispatchQueue;
  readonly ackTimeout: number;
  readonly limits: ResolvedClientLimits;
  readonly adapterConstructor: AdapterConstructor;
  /** The last client has left, or was not let in. */
  // A method, so that a server of more particular namespaces fits.
  onEmpty(namespace: object): void;
  /** A limit was reached. */
  onLimit(hit: LimitHit): void;
}

/**
 * Takes an event before the listeners of its socket, in their stead.
 *
 * @param args the event's name, its arguments, and the function that answers it when the client waits for an ack.
 * @returns whether it has taken the event; listeners of the socket itself are called either way.
 */
export type EventDispatcher<S> = (socket: S, args: readonly unknown[]) => boolean;

/** How long a closing namespace waits for sessions that were asked for, in milliseconds. */
const longestRestoration = 5_000;

const keepingAdapter = 'an adapter that keeps messages; see docs/delivery.md';

const serverSideReserved: ReadonlySet<unknown> = new Set([
  'connect',
  'connection',
  'new_namespace',
  'recovery_expired',
]);

/** A channel of its own on the shared connections: its sockets, rooms, middlewares and events. */
export class Namespace<
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
    NamespaceReservedEvents<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    SocketData
  >
  implements AdapterHost, ConnectableNamespace, BroadcastTarget
{
  readonly name: string;
  readonly server: NamespaceOwner;
  /** The sockets of this node by id. */
  readonly sockets = new Map<SocketId, Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>();
  adapter!: Adapter;
  /** Set where the adapter keeps what is to be delivered reliably, and the server wants it to. @internal */
  deliveries!: Deliveries | null;
  /** What the adapter's `init()` returned. @internal */
  adapterStart!: unknown;
  #middlewares: Middleware<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>[] = [];
  #dispatcher: EventDispatcher<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>> | null = null;
  /** The next ack id; broadcasts and single sockets draw from it. @internal */
  ackId = 0;
  #canRecover = false;
  /** The timeout of the broadcast that is being asked. */
  #asking = 0;
  /** Clients that are on their way in: what it takes to turn each away. */
  readonly #entering = new Set<() => void>();
  /** Sessions that are being asked for. */
  readonly #restoring = new Set<Promise<void>>();
  readonly #closing = new Set<() => void>();
  #limits: ResolvedNamespaceLimits;
  /** How many of those were let in, and wait for the bus to know. */
  #joining = 0;

  /** @internal */
  constructor(server: NamespaceOwner, name: string) {
    super({ captureRejections: true });
    this.server = server;
    this.name = name;
    this.#limits = defaultNamespaceLimits(server.limits.maxPendingAcks);
    this.setAdapter(server.adapterConstructor);
  }

  /** @internal */
  get boundary(): ErrorBoundary {
    return this.server.boundary;
  }

  /** @internal */
  get dispatchQueue(): DispatchQueue {
    return this.server.dispatchQueue;
  }

  /** @internal */
  get ackTimeout(): number {
    return this.server.ackTimeout;
  }

  /** @internal */
  get canRecover(): boolean {
    return this.server.recovery !== undefined && this.#canRecover;
  }

  /** @internal */
  get isReliable(): boolean {
    return this.server.reliableDelivery !== undefined;
  }

  /** Whether the adapter connects it with other nodes. @internal */
  get reachesNodes(): boolean {
    return reachesNodes(this.adapter);
  }

  protected get broadcastTarget(): BroadcastTarget {
    return this;
  }

  /**
   * Has a function called when the namespace is closed: its sockets have left, its adapter still carries messages.
   *
   * @returns takes it back.
   */
  onClose(listener: () => void): () => void {
    this.#closing.add(listener);
    return () => void this.#closing.delete(listener);
  }

  /** Adds a middleware that every client passes before it is told that it is connected. */
  use(middleware: Middleware<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>): this {
    this.#middlewares = [...this.#middlewares, middleware];
    return this;
  }

  /**
   * Sets how much is allowed in it; a limit that is not given stays as it is.
   *
   * Who is in it already may stay, and keeps its `eventRate`. A parent hands them to each namespace that is made of it from
   * then on.
   *
   * @throws RookeryError `INVALID_OPTION` for a limit that is no number above 0.
   */
  limit(limits: NamespaceLimits): this {
    this.#limits = changeNamespaceLimits(this.#limits, limits);
    return this;
  }

  /** @internal */
  get limits(): ResolvedNamespaceLimits {
    return this.#limits;
  }

  /** Hands every incoming event to one function before the listeners of its socket. */
  setDispatcher(
    dispatcher: EventDispatcher<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>> | null,
  ): this {
    this.#dispatcher = dispatcher;
    return this;
  }

  /**
   * Sends an event to the other servers of the cluster.
   *
   * With a callback as its last argument, collects one answer per server.
   */
  serverSideEmit<Event extends EventName<ServerSideEvents>>(
    event: Event,
    ...args: EventParams<ServerSideEvents, Event>
  ): boolean {
    if (serverSideReserved.has(event)) {
      throw new RookeryError('INVALID_EVENT_NAME', `"${event}" is a reserved event name`);
    }
    const result = this.adapter.serverSideEmit([event, ...(args as unknown[])]);
    this.boundary.watch(result, { event: 'serverSideEmit' });
    return true;
  }

  /** Sends an event to the other servers and waits for one answer each; rejects with those that came in `responses`. */
  serverSideEmitWithAck<Event extends EventName<ServerSideEvents>>(
    event: Event,
    ...args: unknown[]
  ): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      const onAnswers = (error: Error | null, responses: unknown[]): void => {
        if (error === null) resolve(responses);
        else reject(Object.assign(error, { responses }));
      };
      this.serverSideEmit(event, ...([...args, onAnswers] as EventParams<ServerSideEvents, Event>));
    });
  }

  /** @internal */
  emitReliable(rooms: readonly Room[], event: KeptEvent, flags: BroadcastFlags): Promise<void> {
    const { deliveries } = this;
    if (deliveries === null) {
      const missing = this.server.reliableDelivery === undefined ? 'the option `reliableDelivery`' : keepingAdapter;
      return Promise.reject(new RookeryError('DELIVERY_OFF', `emitReliable() needs ${missing}`));
    }
    return Promise.all(rooms.map((room) => deliveries.emit(room, event, flags))).then(() => {});
  }

  /** @internal */
  setAdapter(constructor: AdapterConstructor): void {
    this.#closeDeliveries();
    this.#canRecover = true;
    this.adapter = createAdapter(constructor, this);
    this.#canRecover = canRecover(this.adapter);
    const { reliableDelivery } = this.server;
    this.deliveries = reliableDelivery === undefined ? null : Deliveries.open(this, this.adapter, reliableDelivery);
    this.adapterStart = this.adapter.init();
    this.boundary.watch(this.adapterStart, { event: 'adapter.init' });
  }

  /** Lets those say goodbye who want to, and closes the adapter. @internal */
  closeAdapter(): Promise<void> | void {
    for (const listener of [...this.#closing]) this.boundary.run(listener, { event: 'close' });
    this.#closeDeliveries();
    return this.adapter.close();
  }

  /** @internal */
  encode(packet: Packet, compress: boolean): Frame {
    // Adapters pass on packets of other nodes: the namespace is this one whatever they carry.
    const own = packet.nsp === this.name ? packet : { ...packet, nsp: this.name };
    return new Frame('message', this.server.codec.encoder.encode(own), compress);
  }

  /** @internal */
  socket(id: SocketId): Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData> | undefined {
    return this.sockets.get(id);
  }

  /** How long a socket waits for an ack that an adapter asks for, in milliseconds. @internal */
  ackDeadline(): number {
    return Math.max(this.#asking, this.ackTimeout);
  }

  /** Asks through the adapter; what it expects of sockets meanwhile may take `timeout` milliseconds. @internal */
  askFor(timeout: number, ask: () => void): void {
    this.#asking = timeout;
    try {
      ask();
    } finally {
      this.#asking = 0;
    }
  }

  /** @internal */
  nextAckId(): number {
    return this.ackId++;
  }

  /** Tells that another namespace was made. @internal */
  announce(namespace: object): void {
    this.#emitSafely(['new_namespace', namespace]);
  }

  /** @internal */
  onServerSideEvent(args: readonly unknown[]): void {
    // What no server of ours sends is not taken from the bus either.
    if (!serverSideReserved.has(args[0])) this.#emitSafely(args);
  }

  /** @internal */
  reportError(error: unknown, event: string): void {
    this.boundary.report(error, { event });
  }

  /** @internal */
  onSessionLost({ sid, rooms, data }: SessionToPersist, why: SessionLoss): void {
    if (why === 'evicted') this.#reportKept('maxSessions');
    this.#emitSafely(['recovery_expired', { id: sid, rooms, data } satisfies ExpiredSession, why]);
  }

  /** @internal */
  onPacketEvicted(): void {
    this.#reportKept('maxPackets');
  }

  /** No more is kept for clients that come back. */
  #reportKept(limit: 'maxSessions' | 'maxPackets'): void {
    this.server.onLimit({ limit, max: this.server.recovery![limit], namespace: this.name });
  }

  /** @internal */
  dispatchToApplication(socket: object, args: readonly unknown[]): boolean {
    if (this.#dispatcher === null) return false;
    const taken: unknown = this.#dispatcher(socket as never, args);
    if (typeof taken === 'boolean') return taken;
    // An async one has taken the event; it may still fail.
    this.boundary.watch(taken, { event: String(args[0]), socket });
    return Boolean(taken);
  }

  /** Whose the session of a socket is. @internal */
  ownerOf(socket: object): string | undefined {
    const owner: unknown = this.server.recovery?.owner(socket as Socket);
    if (owner === undefined || typeof owner === 'string') return owner;
    this.boundary.watch(owner, { event: 'owner', socket });
    throw new TypeError(`connectionStateRecovery.owner returns a text or undefined, at once; not ${typeof owner}`);
  }

  /** @internal */
  remove(id: SocketId): void {
    this.sockets.delete(id);
    this.deliveries?.leave(id);
    this.#checkEmpty();
  }

  /** @internal */
  admit(connection: SocketConnection, auth: object): ConnectAttempt {
    let socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData> | null = null;
    let isOver = false;
    let isJoining = false;
    let known: KnownOffsets | undefined;
    const end = (): void => {
      isOver = true;
      if (isJoining) this.#joining--;
      this.#entering.delete(abandon);
    };
    const abandon = (): void => {
      if (isOver) return;
      end();
      socket?.abandon();
      this.#checkEmpty();
    };
    this.#entering.add(abandon);
    return {
      run: (done) => {
        if (this.#isFull(connection)) {
          done(tooManySockets, undefined);
          return;
        }
        const announced = this.deliveries?.announcementIn(auth);
        if (typeof announced === 'string') {
          done({ message: announced }, undefined);
          return;
        }
        known = announced;
        this.#recover(auth, (session) => {
          // A session that came too late for its client waits for the next attempt.
          if (isOver) return session === null ? undefined : this.adapter.persistSession(session);
          const enter = (restored: RestoredSession | null): void => {
            const entering = (socket = new Socket(this.#asSeenBySockets(), connection, auth, restored));
            this.#ask(entering, (given) => {
              if (isOver) return;
              const refusal = given ?? this.#refusalOfSession(entering);
              if (refusal === 'another owner') {
                entering.abandon();
                enter(null);
                return;
              }
              // Others that were being asked meanwhile may have taken its place.
              if (refusal !== undefined || this.#isFull(connection)) {
                done(refusal ?? tooManySockets, undefined);
                return;
              }
              const joining = this.#join(entering);
              if (joining === undefined) {
                if (!isOver) done(undefined, entering);
                return;
              }
              this.#joining++;
              isJoining = true;
              void joining.then(() => isOver || done(undefined, entering));
            });
          };
          enter(session);
        });
      },
      complete: () => {
        end();
        this.#complete(socket!, known);
      },
      abandon,
    };
  }

  /** Every socket leaves, and nobody comes in who was about to; resolves once their sessions are with the adapter. @internal */
  async dismiss(reason: DisconnectReason): Promise<void> {
    for (const socket of [...this.sockets.values()]) socket.onGone(reason);
    for (const abandon of [...this.#entering]) abandon();
    if (this.#restoring.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, longestRestoration);
      void Promise.allSettled(this.#restoring).then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Gives a namespace the middlewares, connection listeners and dispatcher of this one. @internal */
  equip(child: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>): void {
    child.#middlewares = this.#middlewares;
    child.#dispatcher = this.#dispatcher;
    child.#limits = this.#limits;
    for (const event of ['connect', 'connection', 'recovery_expired'] as const) {
      for (const listener of this.listeners(event)) child.on(event, listener);
    }
  }

  /** An async listener rejected. @internal */
  [rejection](error: unknown, event: string, socket?: object): void {
    this.boundary.report(error, { event, ...(socket instanceof Socket && { socket }) });
  }

  /** @param done may keep a session that nobody needs now. */
  #recover(auth: object, done: (session: RestoredSession | null) => Promise<void> | void): void {
    const request = this.canRecover ? recoveryRequest(auth) : undefined;
    if (request === undefined) {
      void done(null);
      return;
    }
    const finish = (session: RestoredSession | null): Promise<void> | void => {
      try {
        const keeping = done(session);
        this.boundary.watch(keeping, { event: 'persistSession' });
        return keeping;
      } catch (error) {
        this.boundary.report(error, { event: 'persistSession' });
      }
    };
    const fail = (error: unknown): void => {
      // Published adapters reject with a text for a session they do not know, or no longer.
      if (typeof error !== 'string') this.boundary.report(error, { event: 'restoreSession' });
      void finish(null);
    };
    let session: Promise<RestoredSession | null> | RestoredSession | null;
    try {
      session = this.adapter.restoreSession(request.pid, request.offset);
    } catch (error) {
      fail(error);
      return;
    }
    if (!(session instanceof Promise)) {
      void finish(session ?? null);
      return;
    }
    const restoring = session.then((restored) => finish(restored ?? null), fail);
    this.#restoring.add(restoring);
    const forget = (): void => void this.#restoring.delete(restoring);
    restoring.then(forget, forget);
  }

  /** What keeps a socket that is let in from the session that it brings: that it is another one's, or an error of `owner`. */
  #refusalOfSession(socket: { ownsSession(): boolean }): Refusal | 'another owner' | undefined {
    try {
      return socket.ownsSession() ? undefined : 'another owner';
    } catch (error) {
      this.boundary.report(error, { event: 'owner', socket });
      return { message: internalError };
    }
  }

  #ask(
    socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    done: (refusal: Refusal | undefined) => void,
  ): void {
    if (socket.recovered && this.server.recovery?.skipMiddlewares === true) {
      done(undefined);
      return;
    }
    const context = { event: 'connection', socket };
    runMiddlewares(this.#middlewares, socket, this.boundary, context, (error) =>
      done(error && this.#refusalFor(error, context)),
    );
  }

  /** Puts a socket into its first rooms; resolves, where a bus has to be told, once other nodes reach them. */
  #join(socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>): Promise<void> | undefined {
    this.sockets.set(socket.id, socket);
    const failed = (error: unknown): void => this.boundary.report(error, { event: 'join', socket });
    let joining: Promise<void> | void = undefined;
    try {
      joining = socket.enterRooms();
    } catch (error) {
      failed(error);
    }
    if (!(joining instanceof Promise)) return undefined;
    // Nothing is for a client that has not been told that it is connected.
    this.sockets.delete(socket.id);
    return joining.catch(failed);
  }

  /** What a client is told of an error that a middleware refuses it with. */
  #refusalFor(error: Error, context: { readonly event: string; readonly socket: object }): Refusal {
    try {
      const { message, data } = error as Error & { readonly data?: unknown };
      return { message: String(message), ...(data !== undefined && { data }) };
    } catch (unreadable) {
      this.boundary.report(unreadable, context);
      return { message: internalError };
    }
  }

  #asSeenBySockets(): SocketNamespace<EmitEvents, ServerSideEvents, SocketData> {
    return this as unknown as SocketNamespace<EmitEvents, ServerSideEvents, SocketData>;
  }

  /** Whether there is no room for one more, which is reported then. */
  #isFull({ conn }: SocketConnection): boolean {
    const { maxSockets: max } = this.#limits;
    if (this.sockets.size + this.#joining < max) return false;
    conn.server.limits.report({ limit: 'maxSockets', max, socket: conn, namespace: this.name });
    return true;
  }

  #checkEmpty(): void {
    if (this.sockets.size === 0 && this.#entering.size === 0) this.server.onEmpty(this);
  }

  #closeDeliveries(): void {
    this.boundary.run(() => this.deliveries?.close(), { event: 'adapter.close' });
  }

  /** @param known what its client has of streams, where it takes part. */
  #complete(
    socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    known: KnownOffsets | undefined,
  ): void {
    this.sockets.set(socket.id, socket);
    try {
      socket.onConnected();
    } catch (error) {
      // A parser of the application that cannot write it: the client waits for what never comes.
      this.boundary.report(error, { event: 'parser', socket });
      socket.conn.close();
      return;
    }
    if (known !== undefined) this.deliveries?.enter(socket, known);
    this.#emitSafely(['connect', socket]);
    this.#emitSafely(['connection', socket]);
  }

  #emitSafely(args: readonly unknown[]): void {
    const [event, socket] = args;
    emitToEach(this, args, (error) =>
      this.boundary.report(error, { event: String(event), ...(socket instanceof Socket && { socket }) }),
    );
  }
}

publishNamespace(Namespace.prototype);

/** Works with classes, with functions that return an adapter, and with arrow functions, which cannot be constructed. */
function createAdapter(constructor: AdapterConstructor, host: AdapterHost): Adapter {
  const isConstructible = typeof (constructor as { prototype?: unknown }).prototype === 'object';
  return isConstructible
    ? new (constructor as new (nsp: AdapterHost) => Adapter)(host)
    : (constructor as (nsp: AdapterHost) => Adapter)(host);
}
