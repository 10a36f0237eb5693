import type { ExecutionContext } from '@nestjs/common';
import type { Socket } from '../client/node/index.js';
import { RookeryError } from '../shared/index.js';

/**
 * What guards, interceptors, filters and parameter decorators see: socket, payload, all arguments, event.
 *
 * So `switchToWs()` has the socket as its client, the first argument as its data and the event as its pattern.
 */
export type ServerEventArgs = [socket: Socket, payload: unknown, args: readonly unknown[], event: string];

/** The arguments of an event. */
export function argsOf(context: ExecutionContext): readonly unknown[] {
  return context.getArgs<ServerEventArgs>()[2];
}

/** The first argument of an event, or a property of it. */
export function payloadOf(args: readonly unknown[], property: unknown): unknown {
  return typeof property === 'string' ? (args[1] as Record<string, unknown> | null | undefined)?.[property] : args[1];
}

/** Nest's numbers of `@ConnectedSocket()` and `@MessageBody()`. */
const readers: Readonly<Record<number, (args: readonly unknown[], data: unknown) => unknown>> = {
  0: ([socket]) => socket,
  3: payloadOf,
};

/** Reads the value of a parameter decorator of gateways. @throws RookeryError `INVALID_OPTION` for one of clients' events. */
export function gatewayParam(type: number, data: unknown, args: readonly unknown[]): unknown {
  const read = readers[type];
  if (read !== undefined) return read(args, data);
  throw new RookeryError('INVALID_OPTION', 'a parameter decorator is not for server events; use @ServerEventPayload()');
}
