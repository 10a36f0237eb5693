import { SetMetadata } from '@nestjs/common';
import { handlerMetadata, type HandlerMetadata } from './metadata.js';

/** Options of `@SubscribeAck()`. */
export interface SubscribeAckOptions {
  /** How long the handler may take, in milliseconds, before the ack is a 408. Default: no limit. */
  timeout?: number;
}

/**
 * Calls the method for each such event, and always answers.
 *
 * The ack is `{ ok: true, data }` with what the method returns, or `{ ok: false, error: { status, message, … } }` with
 * what a guard, pipe, interceptor, the method or a filter threw.
 */
export function SubscribeAck(event: string, options: SubscribeAckOptions = {}): MethodDecorator {
  return SetMetadata(handlerMetadata, {
    event,
    style: 'envelope',
    timeout: options.timeout,
  } satisfies HandlerMetadata);
}
