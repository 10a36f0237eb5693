import type { AnswerStyleName, ErrorAnswer } from '../shared/index.js';
import { AckError } from './ack-error.js';

/** Takes the value out of the arguments of an ack; throws where they are an error. */
type AnswerReader = (answer: readonly unknown[]) => unknown;

/** How each style of a server is read. An event that nobody handles is answered in that of the module, so all tell errors. */
export const answerReaders: Readonly<Record<AnswerStyleName, AnswerReader>> = {
  envelope: ([answer]) => {
    const { ok, data } = (answer ?? {}) as { ok?: unknown; data?: unknown };
    if (ok === true) return data;
    throw errorIn(answer) ?? notOfStyle(answer);
  },
  raw: ([answer]) => {
    const error = errorIn(answer);
    if (error !== undefined) throw error;
    return answer;
  },
  errorFirst: ([error, data]) => {
    if (error === null) return data;
    throw errorIn(error) ?? notOfStyle(error);
  },
};

function errorIn(answer: unknown): AckError | undefined {
  const { ok, error } = (answer ?? {}) as { ok?: unknown; error?: unknown };
  const told = ok === false ? error : answer;
  return isErrorAnswer(told) ? new AckError(told) : undefined;
}

/** An error is known by its status and message: a value of the style `raw` that has both is taken for one. */
function isErrorAnswer(answer: unknown): answer is ErrorAnswer {
  const { status, message } = (answer ?? {}) as Partial<ErrorAnswer>;
  return typeof status === 'number' && status >= 400 && typeof message === 'string';
}

function notOfStyle(answer: unknown): AckError {
  const message = 'The answer is not in the style that is asked for; see requestIn()';
  return new AckError({ status: 502, message, code: 'INVALID_ANSWER', details: answer });
}
