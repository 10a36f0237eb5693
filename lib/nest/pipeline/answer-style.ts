import type { ErrorAnswer } from '../exceptions/ws.exception.js';

/** The arguments of an ack, for what a handler returned and for what it threw. */
export interface AnswerStyle {
  success(value: unknown): unknown[];
  failure(error: unknown): unknown[];
}

/** An ack of `@SubscribeAck()` in the style `envelope`. */
export type AckEnvelope<Data = unknown> =
  { readonly ok: true; readonly data: Data } | { readonly ok: false; readonly error: ErrorAnswer };

/** How a handler answers: the value as it is, an envelope that tells success from failure, or the error in front. */
export const answerStyles = {
  raw: {
    success: (value) => (value === undefined ? [] : [value]),
    failure: (error) => [error],
  },
  envelope: {
    success: (value) => [{ ok: true, data: value ?? null }],
    failure: (error) => [{ ok: false, error }],
  },
  errorFirst: {
    success: (value) => [null, value ?? null],
    failure: (error) => [error],
  },
} as const satisfies Record<string, AnswerStyle>;

/** The name of a style. */
export type AnswerStyleName = keyof typeof answerStyles;
