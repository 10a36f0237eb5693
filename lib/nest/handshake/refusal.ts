import type { LoggerService } from '@nestjs/common';
import { messageOf, printable } from '../../shared/index.js';
import { answerFor, internalAnswer } from '../exceptions/error-answer.js';
import { toldOf } from '../exceptions/error-report.js';
import type { ErrorAnswer } from '../exceptions/ws.exception.js';

/** An error that a middleware passed to `next`: the client is told what it says. */
export class PassedError {
  readonly #isPassed = true;
  readonly error: Error;

  constructor(error: Error) {
    this.error = error;
  }

  /** Whether a reason is one; unlike `instanceof`, it asks nothing of what somebody has thrown. */
  static is(reason: unknown): reason is PassedError {
    return typeof reason === 'object' && reason !== null && #isPassed in reason && reason.#isPassed;
  }
}

/** What a namespace answers CONNECT with: the message of the error, and its `data`. */
export function refusalFor(logger: LoggerService, reason: unknown): Error {
  const isPassed = PassedError.is(reason);
  const answer = isPassed ? answerFor(reason.error) : toldOf(logger, 'connection', reason);
  // Made for a middleware of Socket.IO, it is told as one.
  if (answer === undefined) return (reason as PassedError).error;
  return refusalOf(sendable(logger, answer));
}

/** An error whose `data` is an answer. */
export function refusalOf(answer: ErrorAnswer): Error {
  return Object.assign(new Error(answer.message), { data: answer });
}

/** The client is told something in any case: where the answer cannot be encoded, that there is an error. */
function sendable(logger: LoggerService, answer: ErrorAnswer): ErrorAnswer {
  try {
    JSON.stringify(answer);
    return answer;
  } catch (error) {
    logger.error(`The error of "connection" cannot be sent: ${printable(messageOf(error))}`);
    return internalAnswer();
  }
}
