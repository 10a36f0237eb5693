import { SetMetadata } from '@nestjs/common';
import { handlerMetadata, type HandlerMetadata } from './metadata.js';

/**
 * Calls the method for each such event.
 *
 * What it returns is the ack as it is; `{ event, data }` is emitted to the client instead; of an Observable or a promise,
 * each value counts. An error becomes the ack `{ status, message, … }`, or an `exception` event where no ack was asked for.
 */
export function SubscribeMessage(event: string): MethodDecorator {
  return SetMetadata(handlerMetadata, { event, style: 'raw', timeout: undefined } satisfies HandlerMetadata);
}
