import { positive } from '../shared/index.js';
import type { Socket } from './socket.js';

/** Connection state recovery: a client that comes back in time goes on as the socket it was. */
export interface ConnectionStateRecoveryOptions {
  /** How long a client may stay away, in milliseconds. @default 120_000 */
  maxDisconnectionDuration?: number;
  /** Whether namespace middlewares are left out for a client that is recovered. @default true */
  skipMiddlewares?: boolean;
  /**
   * How many sessions each namespace keeps for clients that are away; the oldest gives way. Of the memory of this process:
   * an adapter with a bus has limits of its own. Infinity for any number.
   *
   * @default Infinity; with the preset "strict" 10_000
   */
  maxSessions?: number;
  /**
   * How many broadcasts and events each namespace keeps for them, as `maxSessions`; who needs one that is gone is a new
   * client.
   *
   * @default Infinity; with the preset "strict" 100_000
   */
  maxPackets?: number;
  /**
   * Whose a session is: asked when it is interrupted, and again of whoever comes back for it, once middlewares have let it
   * pass. Where the two differ, the client gets a session of its own, for which middlewares run anew.
   *
   * @default nobody's; in the Nest module that of the user whom `userId` names
   */
  owner?: (socket: Socket) => string | undefined;
}

/** The options of connection state recovery with every default filled in. */
export type ResolvedRecovery = Readonly<Required<ConnectionStateRecoveryOptions>>;

/** How much is kept where nobody says so. */
export type RecoveryLimits = Readonly<Required<Pick<ConnectionStateRecoveryOptions, 'maxSessions' | 'maxPackets'>>>;

const defaultMaxDisconnectionDuration = 120_000;

/**
 * Fills in the defaults; `undefined` where recovery is off.
 *
 * @throws RookeryError `INVALID_OPTION` for a duration that cannot work.
 */
export function resolveRecovery(
  options: ConnectionStateRecoveryOptions | undefined,
  limits: RecoveryLimits,
): ResolvedRecovery | undefined {
  if (options === undefined) return undefined;
  const { maxDisconnectionDuration = defaultMaxDisconnectionDuration, skipMiddlewares = true } = options;
  positive('connectionStateRecovery.maxDisconnectionDuration', maxDisconnectionDuration);
  const { maxSessions = limits.maxSessions, maxPackets = limits.maxPackets, owner = nobody } = options;
  positive('connectionStateRecovery.maxSessions', maxSessions);
  positive('connectionStateRecovery.maxPackets', maxPackets);
  return { maxDisconnectionDuration, skipMiddlewares, maxSessions, maxPackets, owner };
}

function nobody(): undefined {}

/** The session a client asks for when it comes back; `undefined` when it asks for none. */
export function recoveryRequest(auth: object): { pid: string; offset: string } | undefined {
  const { pid, offset } = auth as { pid?: unknown; offset?: unknown };
  return typeof pid === 'string' && typeof offset === 'string' ? { pid, offset } : undefined;
}
