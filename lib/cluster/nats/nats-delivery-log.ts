import {
  noDelivery,
  type DeliveryLog,
  type DeliveryLogLimits,
  type DeliveryOffset,
  type DeliveryPage,
} from '../../adapter/index.js';
import { DeliveryCodec } from '../delivery-codec.js';
import { firstRun, type PlacedDelivery } from '../first-run.js';
import { notKept } from '../not-kept.js';
import { keyOfStream } from '../stream-key.js';
import { Underway } from '../underway.js';
import { JetStream, streamConfig, type StoredMessage, type StreamConfig } from './jetstream.js';
import { keptIn, payloadOf, type KeptDelivery } from './kept-delivery.js';
import type { NatsHub } from './nats-hub.js';
import { token } from './nats-wire.js';
import { placeBefore, tolerance } from './subject-search.js';
import { walkSubject, type NextMessage } from './subject-walk.js';

/** As those are told whose message it may not have kept. */
const bus = 'NATS';
/** How many heads are asked for at a time. */
const askAhead = 64;
/** Of how many streams the last message is remembered, at most. */
const maxKnown = 10_000;

/** The last message of a subject: its place in JetStream, 0 for none, and in its stream of messages. */
interface Last {
  readonly seq: number;
  readonly offset: DeliveryOffset;
}

/**
 * Messages that are kept for their receivers: one stream of JetStream, a subject for each stream of messages.
 *
 * A message has its number in its payload, and is kept only behind the one that its writer takes for the last: where
 * another node was faster, it is written again with the next number.
 */
export class NatsDeliveryLog implements DeliveryLog {
  readonly #hub: NatsHub;
  readonly #limits: DeliveryLogLimits;
  readonly #onMalformed: () => void;
  readonly #codec = new DeliveryCodec('rookery/nats');
  readonly #jetStream: JetStream;
  readonly #stream: StreamConfig;
  readonly #subject: string;
  readonly #underway: Underway;
  #making: Promise<unknown> | null = null;
  readonly #lasts = new Map<string, Last>();
  /** The last append of each subject that is on its way: those of one node do not race each other. */
  readonly #appending = new Map<string, Promise<unknown>>();
  #isClosed = false;

  /** @param onMalformed told of each payload that is no message. */
  constructor(hub: NatsHub, namespace: string, limits: DeliveryLogLimits, onMalformed: () => void) {
    const { prefix, deliveryLog, maxWaiting } = hub.options;
    this.#hub = hub;
    this.#limits = limits;
    this.#onMalformed = onMalformed;
    this.#jetStream = new JetStream(hub, deliveryLog.apiPrefix);
    this.#stream = streamConfig(
      `${prefix}-deliveries`,
      `${prefix}.delivery.*.*`,
      { maxAge: limits.maxAge, maxMessages: -1, maxPerSubject: limits.maxMessagesPerStream },
      deliveryLog,
    );
    this.#subject = `${prefix}.delivery.${token(namespace)}`;
    this.#underway = new Underway(maxWaiting, () => notKept(bus));
  }

  async append(stream: string, data: unknown[]): Promise<DeliveryOffset> {
    const event = await this.#codec.encode(data);
    const subject = this.#subjectOf(stream);
    const end = performance.now() + this.#hub.options.connectTimeout;
    return this.#ask(() => this.#hub.inTime(this.#inTurn(subject, () => this.#append(subject, event, end))));
  }

  async heads(streams: readonly string[]): Promise<DeliveryOffset[]> {
    return this.#ask(async () => {
      const heads: DeliveryOffset[] = [];
      for (let start = 0; start < streams.length; start += askAhead) {
        const asked = streams.slice(start, start + askAhead).map((stream) => this.#head(this.#subjectOf(stream)));
        for (const head of await Promise.all(asked)) heads.push(head?.offset ?? noDelivery);
      }
      return heads;
    });
  }

  async read(stream: string, after: DeliveryOffset, limit: number): Promise<DeliveryPage> {
    const decode = await this.#codec.reader();
    const subject = this.#subjectOf(stream);
    return this.#ask(async () => {
      const head = await this.#head(subject);
      if (head === undefined) return { head: noDelivery, messages: [] };
      const { epoch, number: last } = head.offset;
      const number = after.epoch === epoch ? after.number : 0;
      if (number >= last) return { head: head.offset, messages: [] };
      const page: PlacedDelivery[] = [];
      const next: NextMessage = (seq) => this.#jetStream.nextMessage(this.#stream.name, subject, seq);
      for (let from = await this.#placeBehind(next, number, head); page.length < limit && from <= head.seq;) {
        const left = Math.max(last - (page.at(-1)?.number ?? number), 1);
        const count = Math.min(limit - page.length, left) + tolerance;
        const end = from + Math.ceil((head.seq + 1 - from) * Math.min(count / left, 1));
        const walk = await walkSubject(next, from, end, count);
        from = walk.next;
        for (const kept of this.#behind(walk.found, epoch, number)) {
          const data = decode(kept.event);
          if (data === undefined) this.#onMalformed();
          // What cannot be read is passed over until there is something.
          if (page.length > 0 || data !== undefined) page.push({ number: kept.offset.number, data });
        }
      }
      return { head: head.offset, messages: firstRun(page.slice(0, limit)) };
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#lasts.clear();
  }

  #subjectOf(stream: string): string {
    return `${this.#subject}.${keyOfStream(stream)}`;
  }

  /** @param end when nobody waits for it any more, by the clock of this process. */
  async #append(subject: string, event: Buffer, end: number): Promise<DeliveryOffset> {
    for (let last = this.#lasts.get(subject); performance.now() < end; last = undefined) {
      const { seq: before, offset } = last ?? (await this.#last(subject));
      const next =
        offset.number === 0
          ? { epoch: Math.max(Date.now(), offset.epoch + 1), number: 1 }
          : { epoch: offset.epoch, number: offset.number + 1 };
      this.#lasts.delete(subject);
      const seq = await this.#jetStream.publishAfter(subject, payloadOf(next, event), before);
      if (seq === undefined) continue;
      this.#lasts.set(subject, { seq, offset: next });
      if (this.#lasts.size > maxKnown) this.#lasts.delete(this.#lasts.keys().next().value!);
      return next;
    }
    throw new Error('other nodes were faster each time');
  }

  /** The last message of a subject, however old: what is written next stands behind it. */
  async #last(subject: string): Promise<Last> {
    const stored = await this.#jetStream.lastMessage(this.#stream.name, subject);
    if (stored === undefined) return { seq: 0, offset: noDelivery };
    return { seq: stored.seq, offset: this.#readable(stored)?.offset ?? noDelivery };
  }

  /** The last message of a subject, unless it is too old or none. */
  async #head(subject: string): Promise<KeptDelivery | undefined> {
    const stored = await this.#jetStream.lastMessage(this.#stream.name, subject);
    return stored === undefined || this.#isOld(stored) ? undefined : this.#readable(stored);
  }

  /** A place at the first message behind a number, or little before it. */
  async #placeBehind(next: NextMessage, number: number, head: KeptDelivery): Promise<number> {
    const numbered = async (seq: number): Promise<{ seq: number; number: number | undefined } | undefined> => {
      const stored = await next(seq);
      const offset = stored && keptIn(stored)?.offset;
      return stored && { seq: stored.seq, number: offset?.epoch === head.offset.epoch ? offset.number : undefined };
    };
    const first = await numbered(1);
    if (first === undefined) return head.seq;
    const low = { seq: first.seq, number: first.number ?? 0 };
    return placeBefore(number, low, { seq: head.seq, number: head.offset.number }, numbered);
  }

  /** Those of an epoch behind a number that are not too old. */
  #behind(stored: readonly StoredMessage[], epoch: number, number: number): KeptDelivery[] {
    return stored
      .filter((each) => !this.#isOld(each))
      .map((each) => this.#readable(each))
      .filter((kept) => kept?.offset.epoch === epoch && kept.offset.number > number) as KeptDelivery[];
  }

  #isOld({ time }: StoredMessage): boolean {
    return time + this.#limits.maxAge <= Date.now();
  }

  #readable(stored: StoredMessage): KeptDelivery | undefined {
    const kept = keptIn(stored);
    if (kept === undefined) this.#onMalformed();
    return kept;
  }

  async #inTurn<T>(subject: string, task: () => Promise<T>): Promise<T> {
    const before = this.#appending.get(subject) ?? Promise.resolve();
    const mine = before.then(task, task);
    this.#appending.set(subject, mine);
    try {
      return await mine;
    } finally {
      if (this.#appending.get(subject) === mine) this.#appending.delete(subject);
    }
  }

  /** Asks when NATS is there, or comes back in time, and the stream is made. */
  #ask<T>(question: () => Promise<T>): Promise<T> {
    return this.#underway.run(async () => {
      if (this.#isClosed) throw notKept(bus);
      try {
        await this.#hub.inTime(this.#hub.reachable());
        await (this.#making ??= this.#jetStream.ensureStream(this.#stream));
        return await question();
      } catch (cause) {
        // It may be gone.
        this.#making = null;
        throw notKept(bus, cause);
      }
    });
  }
}
