import type { DeliveryLog, DeliveryLogLimits, DeliveryOffset, DeliveryPage } from '../../adapter/index.js';
import { DeliveryCodec } from '../delivery-codec.js';
import { firstRun } from '../first-run.js';
import { notKept } from '../not-kept.js';
import { keyOfStream } from '../stream-key.js';
import { Underway } from '../underway.js';
import type { PgResult } from './pg-client.js';
import type { PostgresHub } from './postgres-hub.js';

type Rows = PgResult['rows'];

const none: DeliveryOffset = { epoch: 0, number: 0 };

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
  #isClosed = false;

  /** @param onMalformed told of each row that is no message. */
  constructor(hub: PostgresHub, channel: string, limits: DeliveryLogLimits, onMalformed: () => void) {
    this.#hub = hub;
    this.#channel = channel;
    this.#limits = limits;
    this.#onMalformed = onMalformed;
    this.#underway = new Underway(hub.options.maxWaiting, () => notKept(bus));
  }

  async append(stream: string, data: unknown[]): Promise<DeliveryOffset> {
    const payload = await this.#codec.encode(data);
    const { streams, deliveries } = this.#hub.deliveryTables.schema;
    const { maxAge, maxMessagesPerStream } = this.#limits;
    const [row] = await this.#ask(
      `WITH head AS (
        INSERT INTO ${streams} AS known (channel, stream, epoch, last, expires_at)
        VALUES ($1, $2, floor(extract(epoch FROM now()) * 1000), 1, now() + $4::float8 * interval '1 millisecond')
        ON CONFLICT (channel, stream) DO UPDATE SET
          epoch = CASE WHEN known.expires_at > now() THEN known.epoch
                       ELSE greatest(known.epoch + 1, excluded.epoch) END,
          last = CASE WHEN known.expires_at > now() THEN known.last + 1 ELSE 1 END,
          expires_at = greatest(known.expires_at, excluded.expires_at)
        RETURNING epoch, last, expires_at
      ), kept AS (
        INSERT INTO ${deliveries} (channel, stream, epoch, number, payload, expires_at)
        SELECT $1, $2, epoch, last, $3::bytea, expires_at FROM head
      ), dropped AS (
        DELETE FROM ${deliveries} delivery USING head
        WHERE delivery.channel = $1 AND delivery.stream = $2 AND delivery.epoch = head.epoch
          AND delivery.number <= head.last - $5::bigint
      )
      SELECT epoch, last FROM head`,
      [this.#channel, keyOfStream(stream), payload, maxAge, maxMessagesPerStream],
    );
    return headIn(row);
  }

  async heads(streams: readonly string[]): Promise<DeliveryOffset[]> {
    const keys = streams.map(keyOfStream);
    const rows = await this.#ask(
      `SELECT stream, epoch, last FROM ${this.#hub.deliveryTables.schema.streams}
       WHERE channel = $1 AND stream = ANY($2::text[]) AND expires_at > now()`,
      [this.#channel, keys],
    );
    const found = new Map(rows.map((row) => [row['stream'], headIn(row)]));
    return keys.map((key) => found.get(key) ?? none);
  }

  async read(stream: string, after: DeliveryOffset, limit: number): Promise<DeliveryPage> {
    const decode = await this.#codec.reader();
    for (let from = after; ;) {
      const rows = await this.#page(stream, from, limit);
      const head = headIn(rows[0]);
      const page = rows
        .filter(({ number }) => number !== null)
        .map((row) => {
          const data = decode(row['payload']);
          if (data === undefined) this.#onMalformed();
          return { number: Number(row['number']), data };
        });
      const messages = firstRun(page);
      if (messages.length > 0 || page.length < limit) return { head, messages };
      from = { epoch: head.epoch, number: page.at(-1)!.number };
    }
  }

  close(): void {
    this.#isClosed = true;
  }

  /** The head with each message; once, without one, where there is none. */
  #page(stream: string, { epoch, number }: DeliveryOffset, limit: number): Promise<Rows> {
    const { streams, deliveries } = this.#hub.deliveryTables.schema;
    return this.#ask(
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

  /** Asks over the one connection, in order and within time. */
  #ask(text: string, values: unknown[]): Promise<Rows> {
    return this.#underway.run(async () => {
      if (this.#isClosed) throw notKept(bus);
      const { deliveryTables } = this.#hub;
      try {
        await this.#hub.inTime(this.#hub.reachable());
        await deliveryTables.made();
        return (await this.#hub.query(text, values)).rows;
      } catch (cause) {
        deliveryTables.forget();
        throw notKept(bus, cause);
      }
    });
  }
}

function headIn(row: Rows[number] | undefined): DeliveryOffset {
  return row === undefined ? none : { epoch: Number(row['epoch']), number: Number(row['last']) };
}
