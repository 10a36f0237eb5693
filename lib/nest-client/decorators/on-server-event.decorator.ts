import { serverEvent, type ServerEventOptions } from './metadata.js';

/**
 * Calls the method with the arguments of each such event that the server sends.
 *
 * What it returns, or its promise resolves with, is the ack where the server asked for one; an error is logged, and acked
 * as `{ status: 500, message: 'Internal server error' }`.
 */
export function OnServerEvent(event: string, options: ServerEventOptions = {}): MethodDecorator {
  return serverEvent({ ...options, event, isReserved: false });
}
