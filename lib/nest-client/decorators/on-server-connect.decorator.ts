import { serverEvent, type ServerEventOptions } from './metadata.js';

/** Calls the method each time a namespace has let the client in, for the first time or again. */
export function OnServerConnect(options: ServerEventOptions = {}): MethodDecorator {
  return serverEvent({ ...options, event: 'connect', isReserved: true });
}
