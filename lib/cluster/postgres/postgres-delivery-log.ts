import {
  noDelivery,
  type DeliveryLog,
  type DeliveryLogLimits,
  type DeliveryOffset,
  type DeliveryPage,
} from '../../adapter/index.js';
import { DeliveryCodec } from '../delivery-codec.js';
import { readRun } from '../first-run.js';
import { KeepingQueue } from '../keeping-queue.js';
import { notKept } from '../not-kept.js';
import { keyOfStream } from '../stream-key.js';
import { Underway } from '../underway.js';
import { appendStatement } from './append-statement.js';
import type { PgResult } from './pg-client.js';
import type { PostgresHub } from './postgres-hub.js';

type Rows = PgResult['rows'];

const maxBatch = 500;
const maxBytes = 1_048_576;

/** A message that is appended; where it stands, once it is kept. */
interface Appended {
  readonly key: string;
  readonly payload: Buffer;
  offset: DeliveryOffset;
}

/** As those are told whose message it may not have kept. */
const bus = 'PostgreSQL';

/** Messages that are kept for their receivers: a row for each, and one for the head of each stream. */
export class PostgresDeliveryLog implements DeliveryLog {
  readonly #hub: PostgresHub;
  readonly #channel: string;
  readonly #limits: DeliveryLogLimits;
  readonly #onMalformed: () => void;
  readonly #codec = new DeliveryCodec('rookery/postgres');
  readonly #underway: Underway;
  readonly #queue: KeepingQueue<Appended>;

  /** @param onMalformed told of each row that is no message. */
  constructor(hub: PostgresHub, channel: string, limits: DeliveryLogLimits, onMalformed: () => void) {
    this.#hub = hub;
    this.#channel = channel;
    this.#limits = limits;
    this.#onMalformed = onMalformed;
    this.#underway = new Underway(hub.options.maxWaiting, () => notKept(bus));
    this.#queue = new KeepingQueue<Appended>({
      keep: (batch) => this.#keep(batch),
      sizeOf: ({ payload }) => payload.length,
      maxBatch,
      maxSize: maxBytes,
      isAway: () => hub.isAway(),
    });
  }

  async append(stream: string, data: unknown[]): Promise<DeliveryOffset> {
    const appended: Appended = {
      key: keyOfStream(stream),
      payload: await this.#codec.encode(data),
      offset: noDelivery,
    };
    await this.#ask(() => this.#queue.put(appended));
    return appended.offset;
  }

  async heads(streams: readonly string[]): Promise<DeliveryOffset[]> {
    const keys = streams.map(keyOfStream);
    const rows = await this.#query(
      `SELECT stream, epoch, last FROM ${this.#hub.deliveryTables.schema.streams}
       WHERE channel = $1 AND stream = ANY($2::text[]) AND expires_at > now()`,
      [this.#channel, keys],
    );
    const found = new Map(rows.map((row) => [row['stream'], headIn(row)]));
    return keys.map((key) => found.get(key) ?? noDelivery);
  }

  async read(stream: string, after: DeliveryOffset, limit: number): Promise<DeliveryPage> {
    return readRun(after, limit, {
      page: async (from) => {
        const rows = await this.#page(stream, from, limit);
        const kept = rows.filter(({ number }) => number !== null);
        return {
          head: headIn(rows[0]),
          entries: kept.map(({ number, payload }) => ({ number: Number(number), bytes: payload })),
        };
      },
      decode: await this.#codec.reader(),
      onMalformed: this.#onMalformed,
    });
  }

  close(): void {
    this.#queue.close();
  }

  /** All that has come meanwhile is one statement, and one transaction. */
  async #keep(batch: readonly Appended[]): Promise<void> {
    const { maxAge, maxMessagesPerStream } = this.#limits;
    const { rows } = await this.#hub.query(appendStatement(this.#hub.deliveryTables.schema), [
      this.#channel,
      batch.map(({ key }) => key),
      batch.map(({ payload }) => payload),
      maxAge,
      maxMessagesPerStream,
    ]);
    for (const [index, row] of rows.entries()) batch[index]!.offset = headIn(row);
  }

  /** The head with each message; once, without one, where there is none. */
  #page(stream: string, { epoch, number }: DeliveryOffset, limit: number): Promise<Rows> {
    const { streams, deliveries } = this.#hub.deliveryTables.schema;
    return this.#query(
      `SELECT head.epoch, head.last, delivery.number, delivery.payload
       FROM ${streams} head LEFT JOIN LATERAL (
         SELECT number, payload FROM ${deliveries} delivery
         WHERE delivery.channel = head.channel AND delivery.stream = head.stream AND delivery.epoch = head.epoch
           AND delivery.number > CASE WHEN head.epoch = $3::bigint THEN $4::bigint ELSE 0 END
           AND delivery.number > head.last - $5::bigint AND delivery.expires_at > now()
         ORDER BY delivery.number LIMIT $6::bigint
       ) delivery ON true
       WHERE head.channel = $1 AND head.stream = $2 AND head.expires_at > now()
       ORDER BY delivery.number`,
      [this.#channel, keyOfStream(stream), epoch, number, this.#limits.maxMessagesPerStream, limit],
    );
  }

  #query(text: string, values: unknown[]): Promise<Rows> {
    return this.#ask(async () => (await this.#hub.query(text, values)).rows);
  }

  /** Asks when PostgreSQL is there, or comes back in time, and the tables are made. */
  #ask<T>(question: () => Promise<T>): Promise<T> {
    return this.#underway.run(async () => {
      if (this.#queue.isClosed) throw notKept(bus);
      const { deliveryTables } = this.#hub;
      try {
        await this.#hub.inTime(this.#hub.reachable());
        await deliveryTables.made();
        return await question();
      } catch (cause) {
        deliveryTables.forget();
        throw notKept(bus, cause);
      }
    });
  }
}

function headIn(row: Rows[number] | undefined): DeliveryOffset {
  return row === undefined ? noDelivery : { epoch: Number(row['epoch']), number: Number(row['last']) };
}
