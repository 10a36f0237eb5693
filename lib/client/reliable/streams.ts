import type { Packet } from '../../protocol/index.js';
import { formatOffset, type StreamOffset } from '../../shared/index.js';
import { Stream } from './stream.js';

/** How many early events are held, of all streams together; more are asked for again. */
const maxHeld = 10_000;

/** The streams a client has heard of; the one that was silent for longest gives way. */
export class Streams {
  readonly #max: number;
  readonly #byName = new Map<string, Stream>();
  #heldCount = 0;
  #handedOn = 0;

  constructor(max: number, saved: readonly (readonly [string, StreamOffset])[]) {
    this.#max = max;
    for (const [name, offset] of saved) this.#add(name, new Stream(offset));
  }

  /** What there is of each stream, as the server takes it. */
  offsets(): Record<string, string> {
    return this.#written((stream) => stream.position);
  }

  /** The same, for the server: it answers what counts. */
  name(): Record<string, string> {
    return this.#written((stream) => stream.name());
  }

  /** The same, of those with events that wait for others. */
  nameWaiting(): Record<string, string> {
    return this.#written((stream) => (stream.heldCount > 0 ? stream.name() : null));
  }

  /** How many events were handed on. */
  get handedOn(): number {
    return this.#handedOn;
  }

  /** Whether events wait for others. */
  get isWaiting(): boolean {
    return this.#heldCount > 0;
  }

  /** Takes an event. @returns those that are next. */
  take(name: string, offset: StreamOffset, packet: Packet): Packet[] {
    const stream = this.#used(name);
    if (stream.has(offset)) return [];
    stream.hold(offset, packet);
    this.#heldCount++;
    const ready = this.#ready(stream);
    if (ready.length === 0 && this.#heldCount > maxHeld) {
      stream.drop(offset);
      this.#heldCount--;
    }
    return ready;
  }

  /** The server says where a stream stands. @returns the events that are next; `undefined` where it was no news. */
  moveTo(name: string, offset: StreamOffset): Packet[] | undefined {
    const stream = this.#used(name);
    const before = stream.heldCount;
    const isNews = stream.moveTo(offset);
    this.#heldCount += stream.heldCount - before;
    return isNews ? this.#ready(stream) : undefined;
  }

  /** Streams that nobody has placed begin with what is there. @returns the events that are next. */
  beginWithHeld(): Packet[] {
    const ready: Packet[] = [];
    for (const stream of this.#byName.values()) {
      stream.beginWithHeld();
      ready.push(...this.#ready(stream));
    }
    return ready;
  }

  #ready(stream: Stream): Packet[] {
    const before = stream.heldCount;
    const ready: Packet[] = [];
    for (let packet = stream.next(); packet !== undefined; packet = stream.next()) ready.push(packet);
    this.#heldCount += stream.heldCount - before;
    this.#handedOn += ready.length;
    return ready;
  }

  #used(name: string): Stream {
    const stream = this.#byName.get(name) ?? new Stream(null);
    this.#byName.delete(name);
    this.#add(name, stream);
    return stream;
  }

  #add(name: string, stream: Stream): void {
    this.#byName.set(name, stream);
    if (this.#byName.size <= this.#max) return;
    const [oldest, { heldCount }] = this.#byName.entries().next().value!;
    this.#byName.delete(oldest);
    this.#heldCount -= heldCount;
  }

  #written(offsetOf: (stream: Stream) => StreamOffset | null): Record<string, string> {
    const written: Record<string, string> = {};
    for (const [name, stream] of this.#byName) {
      const offset = offsetOf(stream);
      if (offset !== null) written[name] = formatOffset(offset);
    }
    return written;
  }
}
