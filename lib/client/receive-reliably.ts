import type { EventsMap } from '../shared/index.js';
import type { BaseSocket, SocketManager } from './base-socket.js';
import { Reception, type ReceptionOptions } from './reliable/reception.js';

export type { LostMessages, ReceptionOptions } from './reliable/reception.js';
export type { OffsetStorage } from './reliable/saved-offsets.js';

/** A socket that receives reliably. */
export interface ReliableReception {
  /** What was had of each stream: `<epoch>:<number>` by the names that the server gives them. */
  readonly offsets: Readonly<Record<string, string>>;
  /** Takes the socket out again: what the server emits reliably comes at most once, with its marker as the last argument. */
  stop(): void;
}

/**
 * Receives what the server emits with `emitReliable()` in order and once, also what came while this client was away.
 *
 * An event counts as had once its listeners were called, whatever they throw. The server has
 * the option `reliableDelivery`. Call it before the socket connects: what came before is not known to have come.
 *
 * @example `receiveReliably(socket, { storage: sessionStorage })`
 */
export function receiveReliably<ListenEvents extends EventsMap, EmitEvents extends EventsMap, Manager>(
  socket: BaseSocket<ListenEvents, EmitEvents, Manager>,
  options: ReceptionOptions = {},
): ReliableReception {
  const reception = new Reception(socket, socket.io as unknown as SocketManager, options);
  reception.start();
  return {
    get offsets() {
      return reception.offsets;
    },
    stop: () => reception.stop(),
  };
}
