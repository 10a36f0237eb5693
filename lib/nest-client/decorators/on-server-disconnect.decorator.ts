import { serverEvent, type ServerEventOptions } from './metadata.js';

/** Calls the method with the reason, and more about it, each time the client has lost or left a namespace. */
export function OnServerDisconnect(options: ServerEventOptions = {}): MethodDecorator {
  return serverEvent({ ...options, event: 'disconnect', isReserved: true });
}
