import type { AnswerStyleName, ErrorAnswer } from '../shared/index.js';
import { AckError } from './ack-error.js';

/** Takes the value out of the arguments of an ack; throws where they are an error. */
type AnswerReader = (answer: readonly unknown[]) => unknown;

/** How each style of a server is read. */
export const answerReaders: Readonly<Record<AnswerStyleName, AnswerReader>> = {
  envelope: ([answer]) => {
    const { ok, data, error } = (answer ?? {}) as { ok?: unknown; data?: unknown; error?: unknown };
    if (ok === true) return data;
    // What no handler is for is told of in the style of the module.
    if (ok === false && isErrorAnswer(error)) throw new AckError(error);
    throw notOfStyle(answer);
  },
  raw: ([answer]) => {
    if (isErrorAnswer(answer)) throw new AckError(answer);
    return answer;
  },
  errorFirst: ([error, data]) => {
    if (error === null) return data;
    throw isErrorAnswer(error) ? new AckError(error) : notOfStyle(error);
  },
};

/** An error is known by its status and message: a value of the style `raw` that has both is taken for one. */
function isErrorAnswer(answer: unknown): answer is ErrorAnswer {
  const { status, message } = (answer ?? {}) as Partial<ErrorAnswer>;
  return typeof status === 'number' && status >= 400 && typeof message === 'string';
}

/** An error in another style is still an error of the server. */
function notOfStyle(answer: unknown): AckError {
  if (isErrorAnswer(answer)) return new AckError(answer);
  const message = 'The answer is not in the style that is asked for; see requestIn()';
  return new AckError({ status: 502, message, code: 'INVALID_ANSWER', details: answer });
}
