import type { Socket } from '../../server/index.js';
import type { AnsweringHandler } from './answering-handler.js';
import { EventCall } from './event-call.js';

/** The handlers of all gateways of one namespace by event: one table, no listener on any socket. */
export class DispatchTable {
  readonly #handlers = new Map<unknown, AnsweringHandler[]>();

  add(event: string, handler: AnsweringHandler): void {
    const handlers = this.#handlers.get(event);
    if (handlers === undefined) this.#handlers.set(event, [handler]);
    else handlers.push(handler);
  }

  has(event: unknown): boolean {
    return this.#handlers.has(event);
  }

  /** Hands an event to its handlers; several of them share the one answer. */
  dispatch(socket: Socket, args: readonly unknown[]): void {
    const handlers = this.#handlers.get(args[0]);
    if (handlers === undefined) return;
    const call = new EventCall(socket, args);
    for (const handler of handlers) handler.handle(call);
  }
}
