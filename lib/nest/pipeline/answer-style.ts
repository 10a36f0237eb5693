import { RookeryError } from '../../server/index.js';
import type { AckArguments, AckEnvelope, AnswerStyleName } from '../../shared/index.js';

export type { AckArguments, AckEnvelope, AnswerStyleName };

/** The arguments of an ack, for what a handler returned and for what it threw. */
export interface AnswerStyle {
  success(value: unknown): unknown[];
  failure(error: unknown): unknown[];
}

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
} as const satisfies Record<AnswerStyleName, AnswerStyle>;

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
