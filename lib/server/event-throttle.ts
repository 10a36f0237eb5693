import type { EngineSocket } from '../engine/index.js';
import { TimerNode, TokenBucket, type Rate } from '../shared/index.js';

/** A namespace of the connection, as its events are counted. */
export interface CountedNamespace {
  readonly name: string;
  /** `null` where the namespace does not limit its sockets. */
  readonly bucket: TokenBucket | null;
}

/** Reads a connection no faster than it may send events; made for the first that is counted. */
// hot: a look at the clock and two numbers per event.
export class EventThrottle extends TimerNode {
  readonly #conn: EngineSocket;
  readonly #bucket: TokenBucket | null;

  /** @param rate of the events of all namespaces together. */
  constructor(conn: EngineSocket, rate: Rate | false) {
    super();
    this.#conn = conn;
    this.#bucket = rate === false ? null : new TokenBucket(rate, performance.now());
  }

  /** Counts an event; `false` when it was one too many, and ended the session. */
  admit({ name, bucket }: CountedNamespace): boolean {
    const now = performance.now();
    if (this.#bucket !== null && !this.#count(this.#bucket, now, undefined)) return false;
    return bucket === null || this.#count(bucket, now, name);
  }

  stop(): void {
    this.#conn.server.wheel.cancel(this);
  }

  /** What was too much has been waited for. */
  onTimer(): void {
    this.#conn.resumeReading();
  }

  #count(bucket: TokenBucket, now: number, namespace: string | undefined): boolean {
    const debt = bucket.spend(now);
    if (debt === 0) return true;
    if (debt > bucket.burst) {
      this.#report(bucket, namespace);
      this.#conn.abort('rate limit');
      return false;
    }
    this.#rest(bucket, now, namespace);
    return true;
  }

  #rest(bucket: TokenBucket, now: number, namespace: string | undefined): void {
    const delay = bucket.wait(now);
    const isResting = this.wheelSlot !== -1;
    if (isResting && this.wheelDeadline >= now + delay) return;
    this.#conn.server.wheel.schedule(this, delay);
    if (isResting) return;
    this.#report(bucket, namespace);
    this.#conn.pauseReading();
  }

  #report({ burst: max }: TokenBucket, namespace: string | undefined): void {
    const { server } = this.#conn;
    server.limits.report({
      limit: 'eventRate',
      max,
      socket: this.#conn,
      ...(namespace !== undefined && { namespace }),
    });
  }
}
