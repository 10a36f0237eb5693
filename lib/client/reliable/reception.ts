import { PacketType, type Packet } from '../../protocol/index.js';
import { markerOf, parseOffset, streamsEvent } from '../../shared/index.js';
import type { SocketManager } from '../base-socket.js';
import type { Auth } from '../options.js';
import type { Timer } from '../timers.js';
import { Questions, type AskingSocket } from './questions.js';
import { SavedOffsets, type OffsetStorage } from './saved-offsets.js';
import { Streams } from './streams.js';

/** Messages that were not kept long enough. */
export interface LostMessages {
  /** The stream, as the server names it. */
  readonly stream: string;
  /** How many are lost; -1 where nobody knows whether there were any. */
  readonly count: number;
}

/** How a client receives reliably. Times in milliseconds. */
export interface ReceptionOptions {
  /** Where offsets are kept so that they outlive the page, such as `sessionStorage`. Default: nowhere. */
  readonly storage?: OffsetStorage | undefined;
  /** The name they are kept under. @default "rookery:" and the namespace */
  readonly storageKey?: string | undefined;
  /** How often the server is asked for what did not come. @default 30_000 */
  readonly checkInterval?: number | undefined;
  /** Of how many streams offsets are kept; the server takes `maxStreamsPerSocket`. @default 1_000 */
  readonly maxStreams?: number | undefined;
  /** Told of messages that were kept no more when this client came for them. */
  readonly onLost?: ((lost: LostMessages) => void) | undefined;
}

/** What a reception needs of its socket; what it overrides on it, it calls in turn. */
export interface ReceivingSocket extends AskingSocket {
  auth: Auth;
  onManagerOpen(): void;
  onPacket(packet: Packet): void;
}

/** Puts the events of one socket in order, and leaves out those that it has had. */
export class Reception {
  readonly #socket: ReceivingSocket;
  readonly #manager: SocketManager;
  readonly #streams: Streams;
  readonly #questions: Questions;
  readonly #saved: SavedOffsets | null;
  readonly #onLost: ((lost: LostMessages) => void) | undefined;
  /** What was in the place of what it overrides. */
  readonly #own: Pick<ReceivingSocket, 'onManagerOpen' | 'onPacket'>;
  /** The last offset of connection state recovery: it moves on with what comes, not with what is handed on. */
  #recoveryOffset: string | undefined;
  #saving: Timer | undefined;
  /** Whether what was handed on waits until the connection is confirmed. */
  #isAhead = false;

  constructor(socket: ReceivingSocket, manager: SocketManager, options: ReceptionOptions) {
    const { storage, storageKey = `rookery:${socket.nsp}`, checkInterval = 30_000, maxStreams = 1_000 } = options;
    this.#socket = socket;
    this.#manager = manager;
    this.#saved = storage === undefined ? null : new SavedOffsets(storage, storageKey);
    this.#onLost = options.onLost;
    this.#streams = new Streams(maxStreams, this.#saved?.read() ?? []);
    this.#questions = new Questions(socket, manager, this.#streams, checkInterval, () =>
      this.#handOn(this.#streams.beginWithHeld()),
    );
    this.#own = { onManagerOpen: socket.onManagerOpen, onPacket: socket.onPacket };
  }

  /** What there is of each stream. */
  get offsets(): Readonly<Record<string, string>> {
    return this.#streams.offsets();
  }

  start(): void {
    this.#socket.onManagerOpen = () => this.#onOpen();
    this.#socket.onPacket = (packet) => this.#onPacket(packet);
    this.#questions.start();
  }

  /** Leaves the socket as it was; events that wait for others are handed on by nobody. */
  stop(): void {
    this.#questions.stop();
    this.#manager.timers.clear(this.#saving);
    this.#save();
    Object.assign(this.#socket, this.#own);
  }

  #onOpen(): void {
    const given = this.#socket.auth;
    this.#socket.auth = (send) => {
      const announce = (auth: object): void => {
        const recovery = this.#recoveryOffset === undefined ? {} : { offset: this.#recoveryOffset };
        send({ ...recovery, ...auth, offsets: this.#streams.name() });
      };
      if (typeof given === 'function') given(announce);
      else announce(given);
    };
    // It is asked at once; the application finds it as it left it.
    this.#own.onManagerOpen.call(this.#socket);
    this.#socket.auth = given;
  }

  #onPacket(packet: Packet): void {
    const { type, data } = packet;
    if (type === PacketType.EVENT || type === PacketType.BINARY_EVENT) this.#onEvent(packet, data as unknown[]);
    else this.#pass(packet);
    if (type === PacketType.CONNECT) this.#onConnected();
  }

  #onConnected(): void {
    this.#questions.onConnected();
    if (!this.#isAhead) return;
    this.#isAhead = false;
    this.#saveSoon();
  }

  #onEvent(packet: Packet, data: readonly unknown[]): void {
    if (data[0] === streamsEvent && packet.id === undefined) {
      this.#onStreams(data[1] as object);
      return;
    }
    const last = data.at(-1);
    if (typeof last === 'string') this.#recoveryOffset = last;
    // Who asks for an answer has not kept it.
    const marker = packet.id === undefined ? markerOf(data) : undefined;
    const offset = parseOffset(marker?.offset);
    if (offset === undefined) this.#pass(packet);
    else {
      const own = { ...packet, data: data.slice(0, data.lastIndexOf(marker)) };
      this.#handOn(this.#streams.take(marker!.stream, offset, own));
    }
  }

  #onStreams(positions: object): void {
    const ready: Packet[] = [];
    const lost: LostMessages[] = [];
    for (const [stream, [text, count]] of Object.entries(positions) as [string, [unknown, number]][]) {
      const offset = parseOffset(text);
      const next = offset && this.#streams.moveTo(stream, offset);
      if (next === undefined) continue;
      ready.push(...next);
      if (count !== 0) lost.push({ stream, count });
    }
    this.#handOn(ready, lost);
  }

  #handOn(ready: readonly Packet[], lost: readonly LostMessages[] = []): void {
    this.#questions.watch();
    const errors: unknown[] = [];
    const call = (act: () => void): void => {
      // A listener that fails has had the event, and keeps nobody else from the next.
      try {
        act();
      } catch (error) {
        errors.push(error);
      }
    };
    for (const each of lost) call(() => this.#onLost?.(each));
    for (const packet of ready) call(() => this.#pass(packet));
    this.#saveSoon();
    if (errors.length > 0) throw errors[0];
  }

  #pass(packet: Packet): void {
    if (!this.#socket.connected && packet.type !== PacketType.CONNECT) this.#isAhead = true;
    this.#own.onPacket.call(this.#socket, packet);
  }

  #saveSoon(): void {
    if (this.#saved !== null) this.#saving ??= this.#manager.timers.set(() => this.#save(), 0);
  }

  #save(): void {
    this.#saving = undefined;
    if (!this.#isAhead) this.#saved?.write(this.offsets);
  }
}
