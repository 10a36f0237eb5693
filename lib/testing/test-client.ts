import { Decoder, Encoder, isReservedEvent, PacketType, ParseError, type Packet } from '../protocol/index.js';
import type {
  AckResult,
  DefaultEventsMap,
  EventName,
  EventParams,
  EventsMap,
  ParamsWithoutAck,
} from '../server/index.js';
import { RookeryError } from '../shared/index.js';
import { EventLog, type ReceivedEvent } from './event-log.js';
import type { WireClient } from './wire-client.js';

/** How a test client connects. */
export interface TestClientOptions {
  /** What the server gets as `handshake.auth`. Default: an empty object. */
  readonly auth?: object | undefined;
  /** The longest wait for the namespace, for an ack and of `next()`, in milliseconds. @default 2_000 */
  readonly timeout?: number | undefined;
}

/** Why a test client is disconnected, in the words of the published client. */
export type TestDisconnectReason = 'io server disconnect' | 'io client disconnect' | 'transport close' | 'parse error';

/** A namespace has not let the client in; `message` and `data` are what its server said. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  readonly data: unknown;

  constructor(message: string, data: unknown) {
    super(message);
    this.data = data;
  }
}

interface OpenQuestion {
  onAnswer(answer: unknown[]): void;
  onEnd(reason: TestDisconnectReason): void;
}

type Listener = (...args: unknown[]) => unknown;

const defaultTimeout = 2_000;

/**
 * A Socket.IO client for tests, in one namespace, over the connection of a wire client.
 *
 * It keeps every event until the test asks for it, so that nothing is missed between two lines of a test.
 */
export class TestClient<
  ServerEvents extends EventsMap = DefaultEventsMap,
  ClientEvents extends EventsMap = DefaultEventsMap,
> implements AsyncDisposable {
  /** The namespace, with its leading slash. */
  readonly namespace: string;
  /** Resolves with the reason, once the client is disconnected. */
  readonly disconnected: Promise<TestDisconnectReason>;
  readonly #wire: WireClient;
  readonly #timeout: number;
  readonly #encoder = new Encoder();
  // How much a server may send is not for a test to limit.
  readonly #decoder = new Decoder({
    maxDepth: Infinity,
    maxNamespaceLength: Infinity,
    maxAttachments: Infinity,
    maxAttachmentBytes: Infinity,
  });
  readonly #log = new EventLog();
  readonly #listeners = new Map<string, Listener[]>();
  readonly #questions = new Map<number, OpenQuestion>();
  #nextQuestion = 0;
  #id: string | null = null;
  #reason: TestDisconnectReason | null = null;
  #onConnect: (refusal?: Error) => void = () => {};
  #onDisconnected!: (reason: TestDisconnectReason) => void;

  private constructor(wire: WireClient, namespace: string, { timeout = defaultTimeout }: TestClientOptions) {
    this.#wire = wire;
    this.#timeout = timeout;
    this.namespace = namespace.startsWith('/') ? namespace : `/${namespace}`;
    this.disconnected = new Promise((resolve) => {
      this.#onDisconnected = resolve;
    });
    wire.listen((packet) => this.#onWirePacket(packet));
    void wire.closed.then(() => this.#end('transport close'));
  }

  /**
   * Joins a namespace over a connection, which belongs to the client from now on and ends with it.
   *
   * @throws ConnectError when the namespace does not let the client in; RookeryError `INVALID_NAMESPACE` for a name with
   * a comma.
   */
  static async connect<
    ServerEvents extends EventsMap = DefaultEventsMap,
    ClientEvents extends EventsMap = DefaultEventsMap,
  >(
    wire: WireClient,
    namespace = '/',
    options: TestClientOptions = {},
  ): Promise<TestClient<ServerEvents, ClientEvents>> {
    const client = new TestClient<ServerEvents, ClientEvents>(wire, namespace, options);
    try {
      if (namespace.includes(',')) {
        throw new RookeryError('INVALID_NAMESPACE', `"${namespace}" holds a comma, which ends a name`);
      }
      await client.#join(options.auth);
    } catch (error) {
      await wire.close();
      throw error;
    }
    return client;
  }

  /** The id of the socket, the same as on the server. */
  get id(): string {
    return this.#id!;
  }

  /** Whether the client is in its namespace. */
  get connected(): boolean {
    return this.#id !== null && this.#reason === null;
  }

  /**
   * Sends an event; a callback as its last argument is called with the server's answer.
   *
   * @throws Error when the client is disconnected; RookeryError for a reserved name, or data JSON cannot hold.
   */
  emit<Event extends EventName<ClientEvents>>(event: Event, ...args: EventParams<ClientEvents, Event>): this {
    const data: unknown[] = [...args];
    const callback = typeof data.at(-1) === 'function' ? (data.pop() as Listener) : undefined;
    const question = callback && {
      onAnswer: (answer: unknown[]) => callDetached(callback, answer),
      onEnd: () => {},
    };
    this.#emit(event, data, question);
    return this;
  }

  /**
   * Sends an event and waits for the first argument of the server's answer.
   *
   * Rejects with a RookeryError: `ACK_TIMEOUT` when none comes in time, `ACK_DISCONNECTED` when the connection ends.
   */
  emitWithAck<Event extends EventName<ClientEvents>>(
    event: Event,
    ...args: ParamsWithoutAck<ClientEvents, Event>
  ): Promise<AckResult<ClientEvents, Event>> {
    return new Promise((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const id = this.#emit(event, args, {
        onAnswer: ([answer]) => {
          clearTimeout(timer);
          resolve(answer as AckResult<ClientEvents, Event>);
        },
        onEnd: (reason) => {
          clearTimeout(timer);
          const text = `The connection ended (${reason}) before "${event}" was answered`;
          reject(new RookeryError('ACK_DISCONNECTED', text));
        },
      });
      timer = setTimeout(() => {
        this.#questions.delete(id);
        reject(new RookeryError('ACK_TIMEOUT', `"${event}" was not answered within ${this.#timeout} ms`));
      }, this.#timeout);
    });
  }

  /**
   * Takes the arguments of the next such event, in order; those of other names stay for their own `next()`.
   *
   * Rejects when none comes in time, or the connection ends; the error lists what came instead.
   */
  next<Event extends EventName<ServerEvents>>(event: Event): Promise<EventParams<ServerEvents, Event>> {
    return this.#log.next(event, this.#timeout) as Promise<EventParams<ServerEvents, Event>>;
  }

  /** Everything that came so far, in order, also what `next()` took. */
  received(): readonly ReceivedEvent[];
  /** The arguments of every such event that came so far. */
  received<Event extends EventName<ServerEvents>>(event: Event): EventParams<ServerEvents, Event>[];
  received(event?: string): readonly ReceivedEvent[] | unknown[][] {
    if (event === undefined) return [...this.#log.all];
    return this.#log.all.filter((each) => each.event === event).map(({ args }) => args);
  }

  /**
   * Calls a listener for every such event; where the server waits for an answer, its last argument is the ack.
   *
   * What came before and was not taken by `next()` is handed to it at once. An error that it throws is nobody's: it
   * fails the test.
   */
  on<Event extends EventName<ServerEvents>>(
    event: Event,
    listener: (...args: EventParams<ServerEvents, Event>) => unknown,
  ): this {
    const added = listener as Listener;
    const listeners = this.#listeners.get(event);
    if (listeners === undefined) this.#listeners.set(event, [added]);
    else listeners.push(added);
    for (const { args } of this.#log.untaken(event)) callDetached(added, args);
    return this;
  }

  /** Leaves the namespace and ends the connection; resolves when it is closed. */
  async disconnect(): Promise<void> {
    if (this.#reason === null) {
      this.#send({ type: PacketType.DISCONNECT, nsp: this.namespace });
      this.#end('io client disconnect');
    }
    await this.#wire.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.disconnect();
  }

  #join(auth: object | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${this.namespace} did not answer within ${this.#timeout} ms`)),
        this.#timeout,
      );
      this.#onConnect = (refusal) => {
        clearTimeout(timer);
        if (refusal === undefined) resolve();
        else reject(refusal);
      };
      this.#send({ type: PacketType.CONNECT, nsp: this.namespace, data: auth });
    });
  }

  /** Sends an event; returns the id of its question. */
  #emit(event: string, args: readonly unknown[], question: OpenQuestion | undefined): number {
    if (this.#reason !== null) throw new Error(`"${event}" cannot be sent: the client is disconnected`);
    if (isReservedEvent(event)) throw new RookeryError('INVALID_EVENT_NAME', `"${event}" is a reserved name`);
    const id = this.#nextQuestion;
    const packet = { type: PacketType.EVENT, nsp: this.namespace, data: [event, ...args] };
    this.#send(question === undefined ? packet : { ...packet, id });
    if (question !== undefined) this.#questions.set(this.#nextQuestion++, question);
    return id;
  }

  #send(packet: Packet): void {
    for (const part of this.#encoder.encode(packet)) this.#wire.send(typeof part === 'string' ? `4${part}` : part);
  }

  #onWirePacket(part: string | Buffer): void {
    // Text is an Engine.IO packet, of which messages alone are ours; bytes are a message.
    if (this.#reason !== null || (typeof part === 'string' && !part.startsWith('4'))) return;
    try {
      const packet = this.#decoder.push(typeof part === 'string' ? part.slice(1) : part);
      if (packet !== undefined && packet.nsp === this.namespace) this.#onPacket(packet);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.#endConnection('parse error');
    }
  }

  #onPacket({ type, data, id }: Packet): void {
    switch (type) {
      case PacketType.CONNECT:
        this.#id = (data as { sid: string }).sid;
        this.#onConnect();
        break;
      case PacketType.CONNECT_ERROR: {
        const { message, data: details } = data as { message: string; data?: unknown };
        this.#onConnect(new ConnectError(message, details));
        break;
      }
      case PacketType.DISCONNECT:
        this.#endConnection('io server disconnect');
        break;
      case PacketType.EVENT:
      case PacketType.BINARY_EVENT:
        this.#onEvent(data as unknown[], id);
        break;
      case PacketType.ACK:
      case PacketType.BINARY_ACK: {
        const question = this.#questions.get(id!);
        this.#questions.delete(id!);
        question?.onAnswer(data as unknown[]);
      }
    }
  }

  #onEvent([name, ...args]: unknown[], id: number | undefined): void {
    const event = String(name);
    if (id !== undefined) args.push(this.#ackFor(id));
    this.#log.push({ event, args });
    for (const listener of this.#listeners.get(event) ?? []) callDetached(listener, args);
  }

  #ackFor(id: number): Listener {
    let isAnswered = false;
    return (...answer) => {
      if (isAnswered || this.#reason !== null) return;
      isAnswered = true;
      this.#send({ type: PacketType.ACK, nsp: this.namespace, data: answer, id });
    };
  }

  #endConnection(reason: TestDisconnectReason): void {
    this.#end(reason);
    void this.#wire.close();
  }

  #end(reason: TestDisconnectReason): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    this.#decoder.destroy();
    this.#onConnect(new Error(`The connection ended (${reason}) before ${this.namespace} answered`));
    for (const question of this.#questions.values()) question.onEnd(reason);
    this.#questions.clear();
    this.#log.end(reason);
    this.#onDisconnected(reason);
  }
}

/** What a listener throws must not stay in the hands of the transport, where it would be lost or do harm. */
function callDetached(listener: Listener, args: unknown[]): void {
  try {
    listener(...args);
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}
