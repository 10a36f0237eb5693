import { definedOnly, positive, resolveRate, type Rate } from '../shared/index.js';
import type { Refusal } from './dialect.js';

/** How much is allowed in one namespace. */
export interface NamespaceLimits {
  /**
   * How many sockets the namespace may have in this process; who comes then gets CONNECT_ERROR, with `data.status` 503.
   *
   * @default Infinity
   */
  readonly maxSockets?: number;
  /**
   * How many events each socket of the namespace may send, `{ perSecond, burst }`, beside the server's `eventRate`.
   *
   * @default false: as many as the server lets it
   */
  readonly eventRate?: Rate | false;
  /** How many answers each socket of the namespace may owe at a time. @default the server's */
  readonly maxPendingAcks?: number;
}

/** The limits of a namespace with every default filled in. */
export type ResolvedNamespaceLimits = Readonly<Required<NamespaceLimits>>;

/** What a client is told for which there is no room. */
export const tooManySockets: Refusal = { message: 'Too many sockets', data: { status: 503 } };

/** The limits of a namespace that has none of its own. */
export function defaultNamespaceLimits(maxPendingAcks: number): ResolvedNamespaceLimits {
  return { maxSockets: Infinity, eventRate: false, maxPendingAcks };
}

/**
 * Changes the limits that are given.
 *
 * @throws RookeryError `INVALID_OPTION` for a limit that is no number above 0.
 */
export function changeNamespaceLimits(
  before: ResolvedNamespaceLimits,
  given: NamespaceLimits,
): ResolvedNamespaceLimits {
  const all = { ...before, ...definedOnly({ ...given }) };
  return {
    maxSockets: positive('maxSockets', all.maxSockets),
    eventRate: resolveRate('eventRate', all.eventRate),
    maxPendingAcks: positive('maxPendingAcks', all.maxPendingAcks),
  };
}
