import type { DefaultEventsMap, EventName, EventsMap } from '../../server/index.js';
import type { AckHandlerOptions } from './handler-options.js';
import { handlerDecorator } from './handler-decorator.js';

/**
 * Calls the method for each such event, and always answers.
 *
 * The ack is `{ ok: true, data }` with what the method returns, or `{ ok: false, error: { status, message, … } }` with
 * what a guard, pipe, interceptor, the method or a filter threw; `ackStyle`, here or of the module, has other forms.
 *
 * With the events of clients as `Events`, no other event can be named.
 */
export function SubscribeAck<Events extends EventsMap = DefaultEventsMap>(
  event: EventName<Events>,
  options?: AckHandlerOptions,
): MethodDecorator;
/** The same, for the event that the method is named after. */
export function SubscribeAck(options?: AckHandlerOptions): MethodDecorator;
export function SubscribeAck(event?: string | AckHandlerOptions, options?: AckHandlerOptions): MethodDecorator {
  return handlerDecorator(true, event, options);
}
