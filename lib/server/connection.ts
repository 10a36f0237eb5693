import type { IncomingMessage } from 'node:http';
import type { CloseReason, EngineSocket, EngineSocketHandler } from '../engine/index.js';
import { Frame, PacketType, ParseError, type Packet } from '../protocol/index.js';
import { TimerNode, TokenBucket, type Rate } from '../shared/index.js';
import type { ResolvedClientLimits } from './client-limits.js';
import { ConnectionDeadline } from './connection-deadline.js';
import { dialectFor, type Dialect, type Refusal } from './dialect.js';
import { disconnectReasons, type DisconnectReason } from './disconnect-reason.js';
import type { ErrorBoundary } from './error-boundary.js';
import { EventThrottle } from './event-throttle.js';
import { tooManySockets } from './namespace-limits.js';
import type { Codec, PacketDecoder } from './parser-port.js';
import { publishConnection } from './published-host.js';
import { SlotTable } from './slot-table.js';
import type { SocketConnection } from './socket-context.js';

/** A socket as its connection sees it. */
export interface ConnectedSocket {
  /** How many events its client may send here. */
  readonly eventRate: Rate | false;
  onPacket(packet: Packet): void;
  onGone(reason: DisconnectReason, description?: unknown): void;
  onError(error: Error): void;
  disconnect(): unknown;
}

/** A namespace as a connection sees it. */
export interface ConnectableNamespace {
  /** Begins to let a client in. */
  admit(connection: SocketConnection, auth: object): ConnectAttempt;
}

/** A client on its way into a namespace. */
export interface ConnectAttempt {
  /**
   * Recovers the session that the client asks for, and asks the middlewares.
   *
   * @param done called once at most, with why the client may not come in, or with its socket.
   */
  run(
    done: (...outcome: [refusal: Refusal, socket: undefined] | [refusal: undefined, socket: ConnectedSocket]) => void,
  ): void;
  /** Lets the client in and tells it. */
  complete(): void;
  /** Undoes what was done for a client that does not come in. */
  abandon(): void;
}

/** What a connection needs of its server. */
export interface ConnectionOwner {
  readonly codec: Codec;
  readonly boundary: ErrorBoundary;
  /** How long a client may stay without joining a namespace, in milliseconds. */
  connectTimeout(): number;
  /** How long the attachments of a packet may take to come, in milliseconds. */
  readonly attachmentTimeout: number;
  readonly limits: ResolvedClientLimits;
  /** @param done called once, now or later; without a namespace when there is none of that name. */
  findNamespace(name: string, auth: object, done: (namespace: ConnectableNamespace | undefined) => void): void;
}

/** What a connection holds of one namespace: the way in until it is decided, then the socket. */
interface Slot {
  readonly name: string;
  /** Whether nobody has asked for it: clients of revision 3 enter the main namespace by connecting. */
  readonly isImplicit: boolean;
  attempt: ConnectAttempt | null;
  /** Made for an attempt that is not decided at once. */
  deadline: ConnectionDeadline | null;
  socket: ConnectedSocket | null;
  /** What its events are counted by, where the namespace limits them. */
  bucket: TokenBucket | null;
}

/** All namespaces of one client; applications know it as `socket.client`. */
export class Connection extends TimerNode implements EngineSocketHandler, SocketConnection {
  readonly conn: EngineSocket;
  readonly #owner: ConnectionOwner;
  readonly dialect: Dialect;
  readonly #decoder: PacketDecoder;
  /** One entry per namespace, from its CONNECT on. */
  readonly #slots = new SlotTable<Slot>();
  /** Made for the first packet that waits for attachments. */
  #attachmentDeadline: ConnectionDeadline | null = null;
  #isOpen = true;
  /** When the client asked for its first namespace, in whole milliseconds: a fraction would take memory of its own. */
  #firstConnectAt = -1;
  /** Made for the second CONNECT, where they are limited: most clients ask once. */
  #connects: TokenBucket | null = null;
  /** How many CONNECTs were refused since one was not. */
  #failedConnects = 0;
  /** Whether the server, or a namespace of this connection, limits events. */
  #countsEvents: boolean;
  /** Made for the first event that is counted. */
  #throttle: EventThrottle | null = null;

  constructor(conn: EngineSocket, owner: ConnectionOwner) {
    super();
    this.conn = conn;
    this.#owner = owner;
    this.#countsEvents = owner.limits.eventRate !== false;
    this.dialect = dialectFor(conn.protocol);
    this.#decoder = owner.codec.createDecoder((packet) => this.#onPacket(packet));
    conn.server.wheel.schedule(this, owner.connectTimeout());
    if (this.dialect.hasImplicitMain) this.#onConnect({ type: PacketType.CONNECT, nsp: '/' }, true);
  }

  /** The id of the Engine.IO session. */
  get id(): string {
    return this.conn.id;
  }

  get request(): IncomingMessage | undefined {
    return this.conn.request;
  }

  // hot: decode, look the socket up, hand on; where nobody limits events, one comparison for it.
  onMessage(data: string | Buffer): void {
    if (!this.#isOpen) return;
    let packet: Packet | undefined;
    try {
      packet = this.#decoder.push(data);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.#onUnreadable(error);
      return;
    }
    // A text that is a packet neither begins to wait for attachments nor ends it.
    if (packet === undefined || typeof data !== 'string') this.#timeAttachments();
    if (packet !== undefined) this.#onPacket(packet);
  }

  #timeAttachments(): void {
    if (!this.#decoder.isAwaiting) {
      this.#attachmentDeadline?.stop();
      return;
    }
    this.#attachmentDeadline ??= new ConnectionDeadline(this.conn.server.wheel, this.#owner.attachmentTimeout, () =>
      this.#onUnreadable(new ParseError('lateAttachments')),
    );
    this.#attachmentDeadline.start();
  }

  #onPacket(packet: Packet): void {
    // A decoder of the application may go on with what it had read before.
    if (!this.#isOpen) return;
    if (packet.type === PacketType.CONNECT) {
      if (this.#mayAsk()) this.#onConnect(packet);
      return;
    }
    const slot = this.#slots.get(packet.nsp);
    const socket = slot?.socket ?? null;
    if (socket === null || packet.type === PacketType.CONNECT_ERROR) this.#onViolation();
    else if (!this.#countsEvents || packet.type !== PacketType.EVENT || this.#mayTell(slot!)) socket.onPacket(packet);
  }

  /** Whether the client may ask for a namespace now; one that asks too often is gone. */
  #mayAsk(): boolean {
    const { connectRate } = this.#owner.limits;
    if (connectRate === false) return true;
    const now = performance.now();
    if (this.#firstConnectAt === -1) {
      this.#firstConnectAt = Math.floor(now);
      return true;
    }
    if (this.#connects === null) {
      this.#connects = new TokenBucket(connectRate, this.#firstConnectAt);
      this.#connects.take(this.#firstConnectAt);
    }
    if (this.#connects.take(now)) return true;
    this.#report('connectRate', connectRate.burst);
    this.conn.abort('rate limit');
    return false;
  }

  /** Whether the client may send an event now; one that sends far too many is gone. */
  #mayTell(slot: Slot): boolean {
    this.#throttle ??= new EventThrottle(this.conn, this.#owner.limits.eventRate);
    return this.#throttle.admit(slot);
  }

  #report(limit: 'connectRate' | 'maxFailedConnects' | 'maxNamespacesPerConnection', max: number): void {
    this.conn.server.limits.report({ limit, max, socket: this.conn });
  }

  onWritable(): void {}

  onClose(reason: CloseReason, description?: unknown): void {
    this.#end(reason, description);
  }

  /** No namespace was joined in time. */
  onTimer(): void {
    this.#onViolation();
  }

  write(frame: Frame, isVolatile: boolean): void {
    this.conn.writeFrame(frame, isVolatile);
  }

  release(namespace: string): void {
    this.#slots.delete(namespace);
  }

  disconnect(): void {
    for (const socket of this.#connected()) socket.disconnect();
    this.#onViolation();
  }

  #onConnect(packet: Packet, isImplicit = false): void {
    const { name, auth } = this.dialect.destination(packet.nsp, packet.data);
    // Reserved at once: a second CONNECT is a violation, even before the first is answered.
    if (this.#slots.get(name) !== undefined) {
      this.#onViolation();
      return;
    }
    const { maxNamespacesPerConnection } = this.#owner.limits;
    if (this.#slots.size >= maxNamespacesPerConnection) {
      this.#report('maxNamespacesPerConnection', maxNamespacesPerConnection);
      this.#refuse(name, { message: 'Too many namespaces' });
      return;
    }
    const slot: Slot = { name, isImplicit, attempt: null, deadline: null, socket: null, bucket: null };
    this.#slots.add(slot);
    this.#owner.findNamespace(name, auth, (namespace) => {
      if (this.#slots.get(name) !== slot) return;
      if (namespace !== undefined) {
        this.#enter(name, slot, namespace.admit(this, auth));
        return;
      }
      slot.deadline?.stop();
      this.#turnAway(slot, { message: 'Invalid namespace' });
    });
    if (slot.socket === null && this.#slots.get(name) === slot) this.#timeEntrance(slot);
  }

  #enter(name: string, slot: Slot, attempt: ConnectAttempt): void {
    slot.attempt = attempt;
    attempt.run((refusal, socket) => {
      // Gone meanwhile, and abandoned with the connection: nobody is told anything.
      if (this.#slots.get(name) !== slot) return;
      slot.deadline?.stop();
      if (refusal !== undefined) {
        this.#turnAway(slot, refusal);
        return;
      }
      this.conn.server.wheel.cancel(this);
      // In its place before it is told: its `connection` listeners may already disconnect it.
      slot.socket = socket;
      slot.attempt = null;
      this.#failedConnects = 0;
      const { eventRate } = socket;
      if (eventRate !== false) {
        slot.bucket = new TokenBucket(eventRate, performance.now());
        this.#countsEvents = true;
      }
      attempt.complete();
    });
  }

  /** Who decides, such as a middleware, may never say a word. */
  #timeEntrance(slot: Slot): void {
    slot.deadline = new ConnectionDeadline(this.conn.server.wheel, this.#owner.connectTimeout(), () => {
      if (this.#connected().length === 0) this.#onViolation();
      else this.#turnAway(slot, { message: 'Connection timeout' });
    });
    slot.deadline.start();
  }

  #turnAway({ name, isImplicit, attempt }: Slot, refusal: Refusal): void {
    this.#slots.delete(name);
    attempt?.abandon();
    this.#refuse(name, refusal);
    const { maxFailedConnects } = this.#owner.limits;
    if (isImplicit || refusal === tooManySockets || ++this.#failedConnects < maxFailedConnects) return;
    this.#report('maxFailedConnects', maxFailedConnects);
    this.#dismiss(disconnectReasons.refusedTooOften);
  }

  #refuse(nsp: string, refusal: Refusal): void {
    this.write(new Frame('message', this.#encodeRefusal(nsp, refusal)), false);
  }

  #encodeRefusal(nsp: string, { message, data }: Refusal): (string | Uint8Array)[] {
    const { encoder } = this.#owner.codec;
    const encode = (refusal: Refusal): (string | Uint8Array)[] =>
      encoder.encode({ type: PacketType.CONNECT_ERROR, nsp, data: this.dialect.refusal(refusal) });
    try {
      return encode({ message, data });
    } catch (error) {
      // The client has to be told, without what nobody can write.
      this.#owner.boundary.report(error, { event: 'connection' });
      return encode({ message });
    }
  }

  /** The client broke a rule of the protocol, or was told to go: no namespace survives. */
  #onViolation(): void {
    this.#dismiss(disconnectReasons.forcedServerClose);
  }

  /** What was sent to the client still leaves. */
  #dismiss(reason: DisconnectReason): void {
    if (!this.#isOpen) return;
    // The end comes first: a connection that closes at once would give its own reason.
    this.#end(reason, undefined);
    this.conn.close();
  }

  #onUnreadable(error: ParseError): void {
    this.conn.server.limits.reportRefusal(error, this.conn);
    for (const socket of this.#connected()) socket.onError(error);
    this.#end(disconnectReasons.forcedClose, error);
    this.conn.close();
  }

  #end(reason: DisconnectReason, description: unknown): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.conn.server.wheel.cancel(this);
    this.#attachmentDeadline?.stop();
    this.#throttle?.stop();
    for (const socket of this.#connected()) socket.onGone(reason, description);
    for (const { attempt, deadline, socket } of this.#slots.all()) {
      deadline?.stop();
      if (socket === null) attempt?.abandon();
    }
    this.#slots.clear();
    this.#owner.boundary.run(() => this.#decoder.destroy(), { event: 'parser' });
  }

  #connected(): ConnectedSocket[] {
    return this.#slots.all().flatMap(({ socket }) => socket ?? []);
  }
}

publishConnection(Connection.prototype);
