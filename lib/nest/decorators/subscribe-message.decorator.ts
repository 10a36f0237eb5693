import type { DefaultEventsMap, EventName, EventsMap } from '../../server/index.js';
import { handlerDecorator } from './handler-decorator.js';
import type { HandlerOptions } from './handler-options.js';

/**
 * Calls the method for each such event.
 *
 * What it returns is the ack as it is; `{ event, data }` is emitted to the client instead; of an Observable, an async
 * iterable or a promise, each value counts. An error becomes the ack `{ status, message, … }`, or an `exception` event
 * where no ack was asked for.
 *
 * With the events of clients as `Events`, no other event can be named.
 */
export function SubscribeMessage<Events extends EventsMap = DefaultEventsMap>(
  event: EventName<Events>,
  options?: HandlerOptions,
): MethodDecorator;
/** The same, for the event that the method is named after. */
export function SubscribeMessage(options?: HandlerOptions): MethodDecorator;
export function SubscribeMessage(event?: string | HandlerOptions, options?: HandlerOptions): MethodDecorator {
  return handlerDecorator(false, event, options);
}
