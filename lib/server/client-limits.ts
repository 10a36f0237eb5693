import { positive, resolveRate, type Rate } from '../shared/index.js';

/** How much one client may do. */
export interface ClientLimits {
  /** In how many namespaces a client may be, those it is about to enter included. @default Infinity */
  readonly maxNamespacesPerConnection?: number;
  /**
   * How often a client may ask for a namespace, `{ perSecond, burst }`; one that asks more often is disconnected.
   *
   * @default false: as often as it likes.
   */
  readonly connectRate?: Rate | false;
  /**
   * How many answers a socket may owe at a time; `emit()` with a callback, and `emitWithAck()`, fail at once beyond them.
   *
   * @default Infinity
   */
  readonly maxPendingAcks?: number;
}

/**
 * Fills in the defaults.
 *
 * @throws RookeryError `INVALID_OPTION` for a limit that is no number above 0.
 */
export function resolveClientLimits(given: ClientLimits): Required<ClientLimits> {
  return {
    maxNamespacesPerConnection: positive('maxNamespacesPerConnection', given.maxNamespacesPerConnection ?? Infinity),
    connectRate: resolveRate('connectRate', given.connectRate ?? false),
    maxPendingAcks: positive('maxPendingAcks', given.maxPendingAcks ?? Infinity),
  };
}
