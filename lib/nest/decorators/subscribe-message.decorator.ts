import { SetMetadata } from '@nestjs/common';
import type { DefaultEventsMap, EventName, EventsMap } from '../../server/index.js';
import { handlerMetadata, type HandlerMetadata } from './metadata.js';
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
  options: HandlerOptions = {},
): MethodDecorator {
  const { timeout, schema, description, returns } = options;
  return SetMetadata(handlerMetadata, {
    event,
    alwaysAnswers: false,
    timeout,
    schema,
    description,
    returns,
  } satisfies HandlerMetadata);
}
