import { positive, resolveRate, type Rate } from '../shared/index.js';

/** How much one client may do. */
export interface ClientLimits {
  /**
   * In how many namespaces a client may be, those it is about to enter included; for one more it gets CONNECT_ERROR.
   *
   * @default Infinity; with `security: "strict"` 16
   */
  readonly maxNamespacesPerConnection?: number;
  /**
   * How often a client may ask for a namespace, `{ perSecond, burst }`; one that asks more often is disconnected.
   *
   * @default false: as often as it likes; with `security: "strict"` `{ perSecond: 2, burst: 20 }`
   */
  readonly connectRate?: Rate | false;
  /**
   * After how many refusals, with no namespace that lets it in between them, a client is disconnected.
   *
   * Those for the sake of a limit, such as `maxNamespacesPerConnection`, do not count.
   *
   * @default Infinity; with `security: "strict"` 5
   */
  readonly maxFailedConnects?: number;
  /**
   * How many answers a socket may owe at a time; `emit()` with a callback, and `emitWithAck()`, fail at once beyond them.
   *
   * A broadcast goes without the answers of such a socket.
   *
   * @default Infinity; with `security: "strict"` 1_000
   */
  readonly maxPendingAcks?: number;
  /**
   * How many events a client may send, `{ perSecond, burst }`, over all of its namespaces.
   *
   * What is more is read later. A client that had sent another `burst` before that began is disconnected; so is one whose
   * WebSocket cannot be paused, that of a `wsEngine` of your own without `pause()`, as soon as it owes that many.
   *
   * @default false: as many as it likes; with `security: "strict"` `{ perSecond: 200, burst: 1_000 }`
   */
  readonly eventRate?: Rate | false;
}

/** The limits of clients with every default filled in. */
export type ResolvedClientLimits = Readonly<Required<ClientLimits>>;

/** What one client may do where nobody says how much. */
export const defaultClientLimits: ResolvedClientLimits = {
  maxNamespacesPerConnection: Infinity,
  connectRate: false,
  maxFailedConnects: Infinity,
  maxPendingAcks: Infinity,
  eventRate: false,
};

/**
 * Fills in the defaults.
 *
 * @throws RookeryError `INVALID_OPTION` for a limit that is no number above 0.
 */
export function resolveClientLimits(given: ClientLimits): ResolvedClientLimits {
  const all = { ...defaultClientLimits, ...given };
  return {
    maxNamespacesPerConnection: positive('maxNamespacesPerConnection', all.maxNamespacesPerConnection),
    connectRate: resolveRate('connectRate', all.connectRate),
    maxFailedConnects: positive('maxFailedConnects', all.maxFailedConnects),
    maxPendingAcks: positive('maxPendingAcks', all.maxPendingAcks),
    eventRate: resolveRate('eventRate', all.eventRate),
  };
}
