import type { Adapter, AdapterConstructor, AdapterHost, SocketId } from '../adapter/index.js';
import { Frame, type Encoder, type Packet } from '../protocol/index.js';
import { RookeryError } from '../shared/index.js';
import { BroadcastHost } from './broadcast-host.js';
import type { BroadcastTarget } from './broadcast-operator.js';
import type { ConnectableNamespace, ConnectAttempt, Refusal } from './connection.js';
import type { DispatchQueue } from './dispatch-queue.js';
import type { ErrorBoundary } from './error-boundary.js';
import { runMiddlewares, type Middleware } from './middleware.js';
import type { SocketConnection, SocketNamespace } from './socket-context.js';
import { Socket } from './socket.js';
import { emitLocally, rejection } from './typed-emitter.js';
import type { DefaultEventsMap, EventName, EventParams, EventsMap } from './typed-events.js';

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
}

/** What a namespace needs of its server. */
export interface NamespaceOwner {
  readonly encoder: Encoder;
  readonly boundary: ErrorBoundary;
  readonly dispatchQueue: DispatchQueue;
  readonly ackTimeout: number;
  readonly adapterConstructor: AdapterConstructor;
}

/**
 * Takes an event before the listeners of its socket, in their stead.
 *
 * @param args the event's name, its arguments, and the function that answers it when the client waits for an ack.
 * @returns whether it has taken the event; listeners of the socket itself are called either way.
 */
export type EventDispatcher<S> = (socket: S, args: readonly unknown[]) => boolean;

const serverSideReserved: ReadonlySet<unknown> = new Set(['connect', 'connection', 'new_namespace']);

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
  #middlewares: Middleware<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>[] = [];
  #dispatcher: EventDispatcher<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>> | null = null;
  #nextAckId = 0;

  /** @internal */
  constructor(server: NamespaceOwner, name: string) {
    super({ captureRejections: true });
    this.server = server;
    this.name = name;
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

  protected get broadcastTarget(): BroadcastTarget {
    return this;
  }

  /** Adds a middleware that every client passes before it is told that it is connected. */
  use(middleware: Middleware<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>): this {
    this.#middlewares = [...this.#middlewares, middleware];
    return this;
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
  setAdapter(constructor: AdapterConstructor): void {
    this.adapter = createAdapter(constructor, this);
    this.boundary.watch(this.adapter.init(), { event: 'adapter.init' });
  }

  /** @internal */
  encode(packet: Packet, compress: boolean): Frame {
    // Adapters pass on packets of other nodes: the namespace is this one whatever they carry.
    const own = packet.nsp === this.name ? packet : { ...packet, nsp: this.name };
    return new Frame('message', this.server.encoder.encode(own), compress);
  }

  /** @internal */
  socket(id: SocketId): Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData> | undefined {
    return this.sockets.get(id);
  }

  /** @internal */
  nextAckId(): number {
    return this.#nextAckId++;
  }

  /** @internal */
  onServerSideEvent(args: readonly unknown[]): void {
    this.#emitSafely(args);
  }

  /** @internal */
  dispatchToApplication(socket: object, args: readonly unknown[]): boolean {
    return this.#dispatcher !== null && this.#dispatcher(socket as never, args);
  }

  /** @internal */
  remove(id: SocketId): void {
    this.sockets.delete(id);
  }

  /** @internal */
  admit(connection: SocketConnection, auth: object): ConnectAttempt {
    const nsp = this as unknown as SocketNamespace<EmitEvents, ServerSideEvents, SocketData>;
    const socket = new Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>(nsp, connection, auth);
    return {
      socket,
      run: (done) => {
        const context = { event: 'connection', socket };
        runMiddlewares(this.#middlewares, socket, this.boundary, context, (error) => done(error && refusalFor(error)));
      },
      complete: () => this.#complete(socket),
      abandon: () => socket.leaveAll(),
    };
  }

  /** An async listener rejected. @internal */
  [rejection](error: unknown, event: string, socket?: object): void {
    this.boundary.report(error, { event, ...(socket instanceof Socket && { socket }) });
  }

  #complete(socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>): void {
    this.sockets.set(socket.id, socket);
    socket.onConnected();
    this.#emitSafely(['connect', socket]);
    this.#emitSafely(['connection', socket]);
  }

  #emitSafely(args: readonly unknown[]): void {
    try {
      emitLocally(this, args);
    } catch (error) {
      const [event, socket] = args;
      this.boundary.report(error, { event: String(event), ...(socket instanceof Socket && { socket }) });
    }
  }
}

function refusalFor(error: Error): Refusal {
  const { data } = error as { data?: unknown };
  return { message: error.message, ...(data !== undefined && { data }) };
}

/** Works with classes, with functions that return an adapter, and with arrow functions, which cannot be constructed. */
function createAdapter(constructor: AdapterConstructor, host: AdapterHost): Adapter {
  const isConstructible = typeof (constructor as { prototype?: unknown }).prototype === 'object';
  return isConstructible
    ? new (constructor as new (nsp: AdapterHost) => Adapter)(host)
    : (constructor as (nsp: AdapterHost) => Adapter)(host);
}
