import { anyEvent } from '../decorators/metadata.js';
import type { Socket } from '../../server/index.js';
import type { AnsweringHandler } from './answering-handler.js';
import { EventCall } from './event-call.js';

/** The handlers of all gateways of one namespace by event: one table, no listener on any socket. */
export class DispatchTable {
  readonly #handlers = new Map<unknown, AnsweringHandler[]>();
  readonly #anyHandlers: AnsweringHandler[] = [];

  add(event: string | typeof anyEvent, handler: AnsweringHandler): void {
    if (event === anyEvent) {
      this.#anyHandlers.push(handler);
      return;
    }
    const handlers = this.#handlers.get(event);
    if (handlers === undefined) this.#handlers.set(event, [handler]);
    else handlers.push(handler);
  }

  has(event: unknown): boolean {
    return this.#anyHandlers.length > 0 || this.#handlers.has(event);
  }

  /** Hands an event to its handlers, then to those of every event; several of them share the one answer. */
  dispatch(socket: Socket, args: readonly unknown[]): void {
    const handlers = this.#handlers.get(args[0]);
    const call = new EventCall(socket, args);
    if (handlers !== undefined) for (const handler of handlers) handler.handle(call);
    if (this.#anyHandlers.length === 0) return;
    // An event that somebody handles is somebody's to answer.
    const anyCall = handlers === undefined ? call : call.unanswerable();
    for (const handler of this.#anyHandlers) handler.handle(anyCall);
  }
}
