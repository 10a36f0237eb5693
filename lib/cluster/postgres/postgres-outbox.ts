import { deferred, type Deferred } from '../deferred.js';
import { isRefusal, type PgResult } from './pg-client.js';

/** A message as it leaves: the text of a notification, or bytes for the table and the fields that announce them. */
export type Outgoing =
  | { readonly channel: string; readonly text: string }
  | { readonly channel: string; readonly bytes: Buffer; readonly header: Readonly<Record<string, unknown>> };

/** The connection that it goes over. */
export interface OutboxHost {
  readonly isReachable: boolean;
  readonly options: { readonly maxWaiting: number };
  readonly schema: { readonly attachments: string };
  query(text: string, values: unknown[]): Promise<PgResult>;
  isAway(cause?: unknown): Error;
}

interface Queued {
  readonly owner: object;
  readonly outgoing: Outgoing;
  readonly outcome: Deferred<void>;
}

/** How many notifications go out with one statement. */
const maxBatch = 500;

/** What this node notifies others of, in order: what comes while one statement is on its way goes out with the next. */
export class PostgresOutbox {
  readonly #hub: OutboxHost;
  #queue: Queued[] = [];
  #isSending = false;

  constructor(hub: OutboxHost) {
    this.#hub = hub;
  }

  /** Resolves when PostgreSQL has taken it; rejects when it may not have, or when too much waits for it already. */
  publish(owner: object, outgoing: Outgoing): Promise<void> {
    const { isReachable, options } = this.#hub;
    if (!isReachable && this.#queue.length >= options.maxWaiting) return Promise.reject(this.#hub.isAway());
    const outcome = deferred();
    this.#queue.push({ owner, outgoing, outcome });
    this.resume();
    return outcome.promise;
  }

  /** What has waited goes out, where it can. */
  resume(): void {
    if (this.#isSending || this.#queue.length === 0 || !this.#hub.isReachable) return;
    this.#isSending = true;
    setImmediate(() => void this.#send());
  }

  /** A namespace is closed: what it has not sent never leaves. */
  forget(owner: object): void {
    const [gone, others] = [[] as Queued[], [] as Queued[]];
    for (const each of this.#queue) (each.owner === owner ? gone : others).push(each);
    this.#queue = others;
    for (const { outcome } of gone) outcome.reject(this.#hub.isAway());
  }

  async #send(): Promise<void> {
    while (this.#queue.length > 0 && this.#hub.isReachable) {
      const batch = this.#nextBatch();
      try {
        await this.#hub.query(...this.#statement(batch.map(({ outgoing }) => outgoing)));
        for (const { outcome } of batch) outcome.resolve();
      } catch (error) {
        for (const { outcome } of batch) outcome.reject(isRefusal(error) ? error : this.#hub.isAway(error));
      }
    }
    this.#isSending = false;
  }

  /** Notifications up to one that comes again: of two that are the same, a transaction sends one. */
  #nextBatch(): Queued[] {
    const texts = new Set<string>();
    let count = 0;
    for (const { outgoing } of this.#queue) {
      if (!('text' in outgoing)) break;
      texts.add(`${outgoing.channel}\n${outgoing.text}`);
      if (texts.size === count || count === maxBatch) break;
      count++;
    }
    return this.#queue.splice(0, Math.max(count, 1));
  }

  #statement(batch: readonly Outgoing[]): [text: string, values: unknown[]] {
    const [first] = batch as [Outgoing];
    if ('text' in first) {
      return [
        `SELECT pg_notify(channel, payload) FROM (
           SELECT * FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS sent (channel, payload, place) ORDER BY place
         ) AS ordered`,
        [batch.map(({ channel }) => channel), batch.map((each) => (each as { text: string }).text)],
      ];
    }
    return [
      `WITH attachment AS (INSERT INTO ${this.#hub.schema.attachments} (payload) VALUES ($1) RETURNING id)
       SELECT pg_notify($2, ($3::jsonb || jsonb_build_object('attachmentId', id::text))::text) FROM attachment`,
      [first.bytes, first.channel, JSON.stringify(first.header)],
    ];
  }
}
