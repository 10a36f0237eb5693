import { RookeryError } from '../../server/index.js';
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

/**
 * The arguments of an ack in a style, for the event maps of clients.
 *
 * `emitWithAck()` resolves with the first of them.
 *
 * @example `send(text: string, ack: (...answer: AckArguments<Message>) => void): void`
 */
export type AckArguments<Data = unknown, Style extends AnswerStyleName = 'envelope'> = {
  envelope: [answer: AckEnvelope<Data>];
  raw: [answer: Data | ErrorAnswer];
  errorFirst: [error: null, data: Data] | [error: ErrorAnswer, data: undefined];
}[Style];

/**
 * The style of a name.
 *
 * @param place who names it, for error messages.
 * @throws RookeryError `INVALID_OPTION` for another name.
 */
export function answerStyleOf(name: AnswerStyleName, place: string): AnswerStyle {
  if (Object.hasOwn(answerStyles, name)) return answerStyles[name];
  const names = Object.keys(answerStyles).map((each) => `"${each}"`);
  throw new RookeryError('INVALID_OPTION', `ackStyle of ${place} is one of ${names.join(', ')}, not ${String(name)}`);
}
