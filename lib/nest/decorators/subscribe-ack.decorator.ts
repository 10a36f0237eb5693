import { SetMetadata } from '@nestjs/common';
import type { HandlerOptions } from './handler-options.js';
import { handlerMetadata, type HandlerMetadata } from './metadata.js';

/**
 * Calls the method for each such event, and always answers.
 *
 * The ack is `{ ok: true, data }` with what the method returns, or `{ ok: false, error: { status, message, … } }` with
 * what a guard, pipe, interceptor, the method or a filter threw; the option `ackStyle` of the module has other forms.
 */
export function SubscribeAck(event: string, options: HandlerOptions = {}): MethodDecorator {
  const { timeout, schema, description, returns } = options;
  return SetMetadata(handlerMetadata, {
    event,
    alwaysAnswers: true,
    timeout,
    schema,
    description,
    returns,
  } satisfies HandlerMetadata);
}
