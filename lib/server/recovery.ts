import { positive } from '../shared/index.js';
import { disconnectReasons, type DisconnectReason } from './disconnect-reason.js';

/** Connection state recovery: a client that comes back in time goes on as the socket it was. */
export interface ConnectionStateRecoveryOptions {
  /** How long a client may stay away, in milliseconds. @default 120_000 */
  maxDisconnectionDuration?: number;
  /** Whether namespace middlewares are left out for a client that is recovered. @default true */
  skipMiddlewares?: boolean;
}

/** The options of connection state recovery with every default filled in. */
export type ResolvedRecovery = Readonly<Required<ConnectionStateRecoveryOptions>>;

const defaultMaxDisconnectionDuration = 120_000;

/**
 * Fills in the defaults; `undefined` where recovery is off.
 *
 * @throws RookeryError `INVALID_OPTION` for a duration that cannot work.
 */
export function resolveRecovery(options: ConnectionStateRecoveryOptions | undefined): ResolvedRecovery | undefined {
  if (options === undefined) return undefined;
  const { maxDisconnectionDuration = defaultMaxDisconnectionDuration, skipMiddlewares = true } = options;
  positive('connectionStateRecovery.maxDisconnectionDuration', maxDisconnectionDuration);
  return { maxDisconnectionDuration, skipMiddlewares };
}

const recoverable: ReadonlySet<DisconnectReason> = new Set([
  disconnectReasons.transportError,
  disconnectReasons.transportClose,
  disconnectReasons.forcedClose,
  disconnectReasons.pingTimeout,
  disconnectReasons.serverShutdown,
  disconnectReasons.forcedServerClose,
]);

/** Whether a client that left for this reason may come back: whoever left on purpose may not. */
export function isRecoverable(reason: DisconnectReason): boolean {
  return recoverable.has(reason);
}

/** The session a client asks for when it comes back; `undefined` when it asks for none. */
export function recoveryRequest(auth: object): { pid: string; offset: string } | undefined {
  const { pid, offset } = auth as { pid?: unknown; offset?: unknown };
  return typeof pid === 'string' && typeof offset === 'string' ? { pid, offset } : undefined;
}
