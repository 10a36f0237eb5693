import {
  noDelivery,
  type DeliveryLog,
  type DeliveryLogLimits,
  type DeliveryOffset,
  type DeliveryPage,
} from './delivery-log.js';
import { FrontQueue } from './front-queue.js';
import { KeptEvent } from './kept-event.js';

const longestPruneInterval = 5_000;

/** A message, and the stream it belongs to. */
interface Entry {
  readonly stream: Stream;
  readonly expiresAt: number;
  /** `null` once its stream has let go of it. */
  event: KeptEvent | null;
}

/** The messages of a stream that are kept: the last ones, without a gap. */
interface Stream {
  readonly name: string;
  readonly epoch: number;
  readonly entries: FrontQueue<Entry>;
  /** The number of its last message. */
  last: number;
}

/** Keeps the messages of one namespace in the memory of the process: they end with it. */
export class InMemoryDeliveryLog implements DeliveryLog {
  readonly #limits: DeliveryLogLimits;
  readonly #now: () => number;
  readonly #streams = new Map<string, Stream>();
  /** The messages of all streams by age; those that are gone are left out now and then. */
  readonly #byAge = new FrontQueue<Entry>();
  #count = 0;
  /** The last epoch of the streams that were forgotten: whoever begins again does so later. */
  #lastForgotten = 0;
  readonly #pruning: ReturnType<typeof setInterval>;

  /** @param now the clock, in milliseconds; it never goes back. */
  constructor(limits: DeliveryLogLimits, now: () => number = () => performance.timeOrigin + performance.now()) {
    this.#limits = limits;
    this.#now = now;
    // For streams where nothing happens any more.
    this.#pruning = setInterval(() => this.#prune(), Math.min(longestPruneInterval, limits.maxAge));
    this.#pruning.unref();
  }

  /** How many messages are kept. */
  get messageCount(): number {
    return this.#count;
  }

  /** How many streams have messages. */
  get streamCount(): number {
    return this.#streams.size;
  }

  /** Rejects with `NOT_SERIALIZABLE` for what JSON cannot hold. */
  async append(name: string, data: unknown[]): Promise<DeliveryOffset> {
    const event = new KeptEvent(data);
    this.#prune();
    const stream = this.#streams.get(name) ?? this.#begin(name);
    const entry: Entry = { stream, expiresAt: this.#now() + this.#limits.maxAge, event };
    const offset = { epoch: stream.epoch, number: ++stream.last };
    stream.entries.push(entry);
    this.#byAge.push(entry);
    this.#count++;
    if (stream.entries.length > this.#limits.maxMessagesPerStream) this.#drop(stream);
    if (this.#count > this.#limits.maxMessages) this.#drop(this.#oldest()!.stream);
    if (this.#byAge.length > 2 * this.#count + 1_000) this.#byAge.retain((each) => each.event !== null);
    return offset;
  }

  async heads(names: readonly string[]): Promise<DeliveryOffset[]> {
    this.#prune();
    return names.map((name) => headOf(this.#streams.get(name)));
  }

  async read(name: string, after: DeliveryOffset, limit: number): Promise<DeliveryPage> {
    this.#prune();
    const stream = this.#streams.get(name);
    if (stream === undefined) return { head: noDelivery, messages: [] };
    const { entries, epoch, last } = stream;
    const first = last - entries.length + 1;
    const from = after.epoch === epoch ? Math.max(after.number + 1, first) : first;
    const page = entries.slice(from - first, from - first + limit);
    return {
      head: headOf(stream),
      messages: page.map(({ event }, index) => ({ number: from + index, data: event!.read() })),
    };
  }

  /** Forgets everything. */
  close(): void {
    clearInterval(this.#pruning);
    this.#streams.clear();
    this.#byAge.retain(() => false);
    this.#count = 0;
  }

  #begin(name: string): Stream {
    const epoch = Math.max(Math.floor(this.#now()), this.#lastForgotten + 1);
    const stream: Stream = { name, epoch, entries: new FrontQueue(), last: 0 };
    this.#streams.set(name, stream);
    return stream;
  }

  #prune(): void {
    const now = this.#now();
    for (let entry = this.#oldest(); entry !== undefined && entry.expiresAt <= now; entry = this.#oldest()) {
      this.#drop(entry.stream);
    }
  }

  #oldest(): Entry | undefined {
    while (this.#byAge.first?.event === null) this.#byAge.shift();
    return this.#byAge.first;
  }

  /** Lets go of the oldest message of a stream, and of the stream with its last one. */
  #drop(stream: Stream): void {
    stream.entries.shift()!.event = null;
    this.#count--;
    if (stream.entries.length > 0) return;
    this.#streams.delete(stream.name);
    this.#lastForgotten = Math.max(this.#lastForgotten, stream.epoch);
  }
}

function headOf(stream: Stream | undefined): DeliveryOffset {
  return stream === undefined ? noDelivery : { epoch: stream.epoch, number: stream.last };
}
