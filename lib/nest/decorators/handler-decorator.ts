import { SetMetadata } from '@nestjs/common';
import type { AckHandlerOptions } from './handler-options.js';
import { handlerMetadata, type HandlerMetadata } from './metadata.js';

/**
 * Marks a method as the handler of an event.
 *
 * @param given the event, or the options of a method that is named after its event.
 */
export function handlerDecorator(
  alwaysAnswers: boolean,
  given: string | AckHandlerOptions | undefined,
  more: AckHandlerOptions | undefined,
): MethodDecorator {
  const isNamed = typeof given !== 'object' && given !== undefined;
  const { timeout, schema, ackStyle, description, returns } = (isNamed ? more : given) ?? {};
  return (target, key, descriptor) => {
    const event = isNamed ? given : String(key);
    const metadata = {
      event,
      alwaysAnswers,
      ackStyle,
      timeout,
      schema,
      description,
      returns,
    } satisfies HandlerMetadata;
    SetMetadata(handlerMetadata, metadata)(target, key, descriptor);
  };
}
