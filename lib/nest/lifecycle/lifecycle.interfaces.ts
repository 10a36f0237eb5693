import type { DisconnectReason, Namespace, Socket } from '../../server/index.js';

/** A gateway that wants its namespace before any client comes; a promise is waited for, and its rejection ends the boot. */
export interface OnGatewayInit<N = Namespace> {
  afterInit(namespace: N): unknown;
}

/** A gateway that is told about each socket before any of its events is handled; a promise is waited for. */
export interface OnGatewayConnection<S = Socket> {
  handleConnection(socket: S): unknown;
}

/** A gateway that is told about each socket that left, and why; shutdown waits for its promise, within bounds. */
export interface OnGatewayDisconnect<S = Socket> {
  /** @param details more about the reason, such as the error of the transport; `undefined` where there is no more. */
  handleDisconnect(socket: S, reason: DisconnectReason, details?: unknown): unknown;
}
