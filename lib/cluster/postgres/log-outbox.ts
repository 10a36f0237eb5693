import type { NodeId } from '../../adapter/index.js';
import { KeepingQueue } from '../keeping-queue.js';
import { isRefusal } from './pg-client.js';
import type { PostgresHub } from './postgres-hub.js';

/** A message that is kept: its bytes, and the text of its notification, up to where its place stands. */
export interface KeptMessage {
  readonly type: number;
  readonly bytes: Buffer;
  readonly announcement: string;
}

const maxBatch = 500;
const maxBytes = 1_048_576;
/** The message is there: it was kept before the connection was gone. */
const uniqueViolation = '23505';

/**
 * What this node has the tables keep, in order, each once, however often PostgreSQL goes away.
 *
 * One statement is on its way at a time, and what comes meanwhile goes with the next one. The messages of a node have
 * numbers, so that what was kept all the same is refused when it is sent again.
 */
export class LogOutbox {
  readonly #hub: PostgresHub;
  readonly #channel: string;
  readonly #node: NodeId;
  readonly #queue: KeepingQueue<KeptMessage>;
  #sent = 0;
  /** What is on its way was not kept at once. */
  #isFailing = false;

  constructor(hub: PostgresHub, channel: string, node: NodeId) {
    this.#hub = hub;
    this.#channel = channel;
    this.#node = node;
    this.#queue = new KeepingQueue<KeptMessage>({
      keep: (messages) => this.#keep(messages),
      sizeOf: ({ bytes }) => bytes.length,
      maxBatch,
      maxSize: maxBytes,
      isAway: () => hub.isAway(),
    });
  }

  /** Resolves when it is kept; rejects when it never will be. */
  publish(message: KeptMessage): Promise<void> {
    const isFull = this.#isFailing && this.#queue.length >= this.#hub.options.maxWaiting;
    if (this.#queue.isClosed || isFull) return Promise.reject(this.#hub.isAway());
    return this.#queue.put(message);
  }

  close(): void {
    this.#queue.close();
  }

  async #keep(messages: readonly KeptMessage[]): Promise<void> {
    const { messages: table, positions } = this.#hub.schema;
    const text = `
      WITH place AS (
        INSERT INTO ${positions} AS known (channel, last) VALUES ($1, $2::int)
        ON CONFLICT (channel) DO UPDATE SET last = known.last + $2::int
        RETURNING last - $2::int AS before
      ), sent AS (
        SELECT place.before + message.place AS id, message.*
        FROM place, unnest($5::smallint[], $6::bytea[], $7::text[])
          WITH ORDINALITY AS message (type, payload, announcement, place)
      ), kept AS (
        INSERT INTO ${table} (channel, id, uid, number, type, payload)
        SELECT $1, id, $3, $4::bigint + place, type, payload FROM sent
      )
      SELECT pg_notify($1, announcement || id || '}') FROM (SELECT * FROM sent ORDER BY place) AS ordered`;
    const values = [
      this.#channel,
      messages.length,
      this.#node,
      this.#sent,
      messages.map(({ type }) => type),
      messages.map(({ bytes }) => bytes),
      messages.map(({ announcement }) => announcement),
    ];
    this.#sent += messages.length;
    for (;;) {
      if (this.#queue.isClosed) throw this.#hub.isAway();
      try {
        await this.#hub.query(text, values);
        this.#isFailing = false;
        return;
      } catch (error) {
        const isKept = (error as { code?: unknown }).code === uniqueViolation;
        this.#isFailing = !isKept && !isRefusal(error);
        if (isKept) return;
        if (!this.#isFailing) throw error;
      }
      await this.#hub.back();
    }
  }
}
