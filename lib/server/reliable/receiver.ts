import { noDelivery, type DeliveryLog, type DeliveryOffset, type Room } from '../../adapter/index.js';
import type { EngineSocket } from '../../engine/index.js';
import { PacketType, type Frame, type Packet } from '../../protocol/index.js';
import { formatOffset, streamsEvent, type DeliveryMarker, type StreamPositions } from '../../shared/index.js';
import type { HeadBatch } from './head-batch.js';
import type { Newcomers } from './options.js';
import type { KnownOffsets } from './offsets.js';

/** A socket, as far as deliveries need it. */
export interface ReceivingSocket {
  readonly id: string;
  readonly rooms: ReadonlySet<Room>;
  readonly conn: EngineSocket;
  deliver(frame: Frame, isVolatile: boolean): void;
  notifyOutgoing(packet: Packet): void;
}

/** What a receiver asks of its namespace. */
export interface ReceiverHost {
  readonly name: string;
  readonly log: DeliveryLog;
  readonly heads: HeadBatch;
  readonly maxStreams: number;
  encode(packet: Packet): Frame;
  newcomers(room: Room): Newcomers;
  streamOf(room: Room): string;
  onTooManyStreams(socket: ReceivingSocket): void;
  onFailure(error: unknown, socket: ReceivingSocket): void;
}

/** How many messages are read at a time. */
const pageSize = 100;
/** How many bytes are handed to a connection before it has to take them. */
const longestBurst = 64 * 1_024;
/** The pauses before a log is asked again that could not be reached, in milliseconds. */
const firstPause = 1_000;
const longestPause = 30_000;

/**
 * A socket whose client takes part: tells it where the streams of its rooms stand, and sends what it has missed.
 *
 * One thing at a time: what is asked meanwhile comes next, each stream once.
 */
export class Receiver {
  readonly #socket: ReceivingSocket;
  readonly #host: ReceiverHost;
  /** The rooms it is in, by their streams. */
  readonly #rooms = new Map<string, Room>();
  /** What its client has, or has been told. */
  readonly #known: KnownOffsets;
  /** The streams that are to be looked at. */
  #pending = new Set<string>();
  #isRunning = false;
  #hasLeft = false;
  #pause = firstPause;
  #retry: ReturnType<typeof setTimeout> | null = null;

  constructor(socket: ReceivingSocket, host: ReceiverHost, known: KnownOffsets) {
    this.#socket = socket;
    this.#host = host;
    this.#known = known;
    for (const room of socket.rooms) this.join(room);
  }

  /** The socket is in a room: its stream is looked at. */
  join(room: Room): void {
    const stream = this.#host.streamOf(room);
    if (!this.#rooms.has(stream) && this.#rooms.size >= this.#host.maxStreams) {
      this.#host.onTooManyStreams(this.#socket);
      return;
    }
    this.#rooms.set(stream, room);
    this.#look(stream);
  }

  leaveRoom(room: Room): void {
    const stream = this.#host.streamOf(room);
    this.#rooms.delete(stream);
    this.#pending.delete(stream);
  }

  /** Its client says what it has; streams of rooms that it is not in count for later. */
  ask(offsets: KnownOffsets): void {
    for (const [stream, offset] of offsets) {
      this.#remember(stream, offset);
      if (this.#rooms.has(stream)) this.#look(stream);
    }
  }

  /** The socket is gone. */
  leave(): void {
    this.#hasLeft = true;
    this.#rooms.clear();
    this.#pending.clear();
    if (this.#retry !== null) clearTimeout(this.#retry);
  }

  #look(stream: string): void {
    this.#pending.add(stream);
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    let streams = new Set<string>();
    try {
      do {
        // Whoever joins many rooms does so in one turn.
        await new Promise(setImmediate);
        streams = this.#pending;
        this.#pending = new Set();
        await this.#catchUp(streams);
        this.#pause = firstPause;
      } while (this.#pending.size > 0);
      this.#isRunning = false;
    } catch (error) {
      if (this.#hasLeft) return;
      this.#host.onFailure(error, this.#socket);
      for (const stream of streams) if (this.#rooms.has(stream)) this.#pending.add(stream);
      this.#runLater();
    }
  }

  /** The log cannot be reached: it may be back in a while. */
  #runLater(): void {
    this.#retry = setTimeout(() => void this.#run(), this.#pause);
    this.#retry.unref();
    this.#pause = Math.min(2 * this.#pause, longestPause);
  }

  async #catchUp(streams: ReadonlySet<string>): Promise<void> {
    const rooms = [...streams].map((stream) => this.#rooms.get(stream)).filter((room) => room !== undefined);
    if (rooms.length === 0) return;
    const heads = await this.#host.heads.of(rooms);
    const positions: StreamPositions = {};
    const behind: string[] = [];
    for (const stream of streams) {
      const room = this.#rooms.get(stream);
      const head = room === undefined ? undefined : heads.get(room);
      if (room === undefined || head === undefined) continue;
      const known = this.#known.get(stream);
      const lost = known === undefined ? this.#lostToNewcomer(room, head) : lostAt(known, head);
      if (lost === undefined) behind.push(stream);
      else if (known === undefined || !isSame(known, head)) positions[stream] = this.#placed(stream, head, lost);
    }
    this.#tell(positions);
    for (const stream of behind) await this.#replay(stream);
  }

  /** How many messages are lost to a newcomer that begins at the head; `undefined` where it gets what is kept. */
  #lostToNewcomer(room: Room, head: DeliveryOffset): number | undefined {
    return isSame(head, noDelivery) || this.#host.newcomers(room) === 'none' ? 0 : undefined;
  }

  /** Sends what there is behind what the client has, up to where the stream stood when it began. */
  async #replay(stream: string): Promise<void> {
    let after = this.#known.get(stream);
    let last: DeliveryOffset | null = null;
    for (;;) {
      const room = this.#rooms.get(stream);
      if (room === undefined) return;
      const { head, messages } = await this.#host.log.read(room, after ?? noDelivery, pageSize);
      if (!this.#rooms.has(stream)) return;
      const first = messages[0]?.number ?? head.number + 1;
      if (after === undefined || after.epoch !== head.epoch || after.number !== first - 1) {
        const lost = lostBefore(first, after, head);
        after = { epoch: head.epoch, number: first - 1 };
        this.#tell({ [stream]: this.#placed(stream, after, lost) });
      }
      if (last?.epoch !== head.epoch) last = head;
      for (const { number, data } of messages) {
        if (!this.#rooms.has(stream)) return;
        after = { epoch: head.epoch, number };
        await this.#send(data, { stream, offset: formatOffset(after) });
      }
      if (!this.#hasLeft) this.#remember(stream, after);
      if (messages.length === 0 || after.number >= last.number) return;
    }
  }

  async #send(data: unknown[], marker: DeliveryMarker): Promise<void> {
    const packet: Packet = { type: PacketType.EVENT, nsp: this.#host.name, data: [...data, marker] };
    const frame = this.#host.encode(packet);
    this.#socket.notifyOutgoing(packet);
    this.#socket.deliver(frame, false);
    if (this.#socket.conn.isBehind(longestBurst)) await this.#sent();
  }

  /** Never resolves once the connection is closed: then nobody waits for it. */
  #sent(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.conn.whenSent(resolve);
    });
  }

  #placed(stream: string, offset: DeliveryOffset, lost: number): readonly [string, number] {
    this.#remember(stream, offset);
    return [formatOffset(offset), lost];
  }

  #remember(stream: string, offset: DeliveryOffset): void {
    this.#known.set(stream, offset);
    if (this.#known.size <= this.#host.maxStreams) return;
    for (const each of this.#known.keys()) {
      if (this.#rooms.has(each)) continue;
      this.#known.delete(each);
      return;
    }
  }

  /** Where streams stand is between this package and its client: listeners of outgoing events are not told. */
  #tell(positions: StreamPositions): void {
    if (Object.keys(positions).length === 0) return;
    const packet: Packet = { type: PacketType.EVENT, nsp: this.#host.name, data: [streamsEvent, positions] };
    this.#socket.deliver(this.#host.encode(packet), false);
  }
}

function isSame(a: DeliveryOffset, b: DeliveryOffset): boolean {
  return a.epoch === b.epoch && a.number === b.number;
}

/** How many messages are lost to a client with nothing to read; `undefined` where there may be something. */
function lostAt(known: DeliveryOffset, head: DeliveryOffset): number | undefined {
  if (isSame(known, head)) return 0;
  const isAhead = isSame(head, noDelivery) || (known.epoch === head.epoch && known.number > head.number);
  return isAhead ? -1 : undefined;
}

/** How many messages are lost to a client before the first one that is kept. */
function lostBefore(first: number, known: DeliveryOffset | undefined, { epoch }: DeliveryOffset): number {
  if (known === undefined) return 0;
  if (known.epoch === epoch) return first - known.number - 1;
  // A stream that had no messages yet when the client heard of it.
  return known.epoch === 0 ? first - 1 : -1;
}
