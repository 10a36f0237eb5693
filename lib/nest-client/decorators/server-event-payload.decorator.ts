import { createParamDecorator } from '@nestjs/common';
import { payloadOf } from '../server-event-args.js';

/**
 * The event's first argument, or a property of it, through the pipes given.
 *
 * @example `stock(@ServerEventPayload(new ValidationPipe()) article: Article)`
 */
export const ServerEventPayload = createParamDecorator<string | undefined>((property, context) =>
  payloadOf(context.getArgs(), property),
);
