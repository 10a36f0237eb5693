import type { AnswerStyleName } from '../pipeline/answer-style.js';
import type { PayloadType } from '../asyncapi/payload-type.js';
import type { StandardSchema } from '../pipeline/standard-schema.js';

/** Options of `@SubscribeAck()` and `@SubscribeMessage()`. */
export interface HandlerOptions {
  /** How long the handler may take, in milliseconds, before it is answered with 408. Default: no limit. */
  timeout?: number;
  /** What the event's first argument has to fit: a schema of zod, valibot, arktype or another Standard Schema. */
  schema?: StandardSchema;
  /** What the event is for, in the document of `createAsyncApiDocument()`. Default: nothing. */
  description?: string;
  /**
   * What the method returns, in the document of `createAsyncApiDocument()`; nothing is checked.
   *
   * Default: its return type, which a compiler leaves of methods that return no promise.
   */
  returns?: PayloadType;
}

/** Options of `@SubscribeAck()`. */
export interface AckHandlerOptions extends HandlerOptions {
  /** How this handler answers, as the option `ackStyle` of the module says it. Default: what the module says. */
  ackStyle?: AnswerStyleName;
}
