import type { AnswerStyleName } from '../pipeline/answer-style.js';
import type { StandardSchema } from '../pipeline/standard-schema.js';

/** Options of `@SubscribeAck()` and `@SubscribeMessage()`. */
export interface HandlerOptions {
  /** How long the handler may take, in milliseconds, before it is answered with 408. Default: no limit. */
  timeout?: number;
  /** What the event's first argument has to fit: a schema of zod, valibot, arktype or another Standard Schema. */
  schema?: StandardSchema;
}

/** Options of `@SubscribeAck()`. */
export interface AckHandlerOptions extends HandlerOptions {
  /** How this handler answers, as the option `ackStyle` of the module says it. Default: what the module says. */
  ackStyle?: AnswerStyleName;
}
