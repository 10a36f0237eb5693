import type { StandardSchema } from '../pipeline/standard-schema.js';

/** Options of `@SubscribeAck()` and `@SubscribeMessage()`. */
export interface HandlerOptions {
  /** How long the handler may take, in milliseconds, before it is answered with 408. Default: no limit. */
  timeout?: number;
  /** What the event's first argument has to fit: a schema of zod, valibot, arktype or another Standard Schema. */
  schema?: StandardSchema;
}
