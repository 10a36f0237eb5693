import { closeReasons, type CloseReason } from '../engine/index.js';

/** Why a socket left its namespace: the reasons of a session's end, and those of a single namespace. */
export const disconnectReasons = {
  ...closeReasons,
  forcedServerClose: 'forced server close',
  refusedTooOften: 'refused too often',
  serverNamespace: 'server namespace disconnect',
  clientNamespace: 'client namespace disconnect',
} as const satisfies Record<string, string>;

/** The text of a disconnect reason, as `disconnecting` and `disconnect` listeners get it. */
export type DisconnectReason = CloseReason | (typeof disconnectReasons)[keyof typeof disconnectReasons];

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
