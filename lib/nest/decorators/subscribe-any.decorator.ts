import { SetMetadata } from '@nestjs/common';
import { anyEvent, handlerMetadata, type HandlerMetadata } from './metadata.js';

/**
 * Calls the method for every event; `@EventName()` tells which.
 *
 * Where another method handles the event too, that one answers.
 */
export function SubscribeAny(): MethodDecorator {
  return SetMetadata(handlerMetadata, {
    event: anyEvent,
    alwaysAnswers: false,
    timeout: undefined,
    schema: undefined,
  } satisfies HandlerMetadata);
}
