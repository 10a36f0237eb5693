import type { ConnectionLimitName } from './connection-limits.js';

/** What is limited, by the name of its option or of what happens. */
export type LimitName =
  | ConnectionLimitName
  | 'slowConsumer'
  | 'maxPacketsPerPayload'
  | 'eventRate'
  | 'connectRate'
  | 'joinRate'
  | 'maxNamespacesPerConnection'
  | 'maxRoomsPerSocket'
  | 'maxPendingAcks';

/** A limit that was reached, as listeners of `limit` get it. */
export interface LimitHit {
  readonly limit: LimitName;
  /** What is allowed. */
  readonly max: number;
  /** The session that reached it, where there is one. */
  readonly socket?: object;
  /** The address that reached it, or its IPv6 prefix, where it is one of addresses. */
  readonly address?: string;
}

/** Counts how often each limit was reached, and tells who listens. */
export class LimitReporter {
  readonly #counts = new Map<LimitName, number>();
  readonly #tell: (hit: LimitHit) => void;

  /** @param tell must not throw. */
  constructor(tell: (hit: LimitHit) => void) {
    this.#tell = tell;
  }

  /** How often each limit was reached since the start; those that never were are missing. */
  get counts(): ReadonlyMap<LimitName, number> {
    return this.#counts;
  }

  report(hit: LimitHit): void {
    this.#counts.set(hit.limit, (this.#counts.get(hit.limit) ?? 0) + 1);
    this.#tell(hit);
  }
}
