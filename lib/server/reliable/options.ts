import type { DeliveryLogLimits, Room } from '../../adapter/index.js';
import { definedOnly, positive, RookeryError } from '../../shared/index.js';

/** What a client gets of a stream that it has never heard of: everything kept, or what comes from now. */
export type Newcomers = 'all' | 'none';

/** Reliable delivery: what `emitReliable()` sends is kept for clients that are away. */
export interface ReliableDeliveryOptions {
  /** How long a message is kept, in milliseconds. @default 3_600_000 */
  maxAge?: number;
  /** How many messages of each room are kept; the oldest gives way. @default 1_000 */
  maxMessagesPerStream?: number;
  /**
   * How many messages of all rooms of a namespace are kept in the memory of this process; an adapter with a bus has limits of
   * its own.
   *
   * @default 100_000
   */
  maxMessages?: number;
  /** Of how many streams each client may have offsets, and of how many rooms each socket gets them. @default 1_000 */
  maxStreamsPerSocket?: number;
  /**
   * What a client gets when it joins a room whose stream it has never heard of.
   *
   * @default "none"; in the Nest module "all" for the rooms of users
   */
  newcomers?: (room: Room) => Newcomers;
}

/** The options of reliable delivery with every default filled in. */
export type ResolvedReliableDelivery = Readonly<Required<ReliableDeliveryOptions>> & DeliveryLogLimits;

const defaults: ResolvedReliableDelivery = {
  maxAge: 3_600_000,
  maxMessagesPerStream: 1_000,
  maxMessages: 100_000,
  maxStreamsPerSocket: 1_000,
  newcomers: () => 'none',
};

/**
 * Fills in the defaults; `undefined` where reliable delivery is off.
 *
 * @throws RookeryError `INVALID_OPTION` for a limit that is no number above 0, and for what is neither `true` nor options.
 */
export function resolveReliableDelivery(
  given: boolean | ReliableDeliveryOptions | undefined,
): ResolvedReliableDelivery | undefined {
  if (given === undefined || given === false) return undefined;
  if (given !== true && (typeof given !== 'object' || given === null)) {
    throw new RookeryError('INVALID_OPTION', `reliableDelivery is true or its options, not ${String(given)}`);
  }
  const all: ResolvedReliableDelivery = { ...defaults, ...(given !== true && definedOnly({ ...given })) };
  for (const name of ['maxAge', 'maxMessagesPerStream', 'maxMessages', 'maxStreamsPerSocket'] as const) {
    positive(`reliableDelivery.${name}`, all[name]);
  }
  if (typeof all.newcomers !== 'function') {
    throw new RookeryError('INVALID_OPTION', 'reliableDelivery.newcomers is a function of the room');
  }
  return all;
}
