import { HttpException, HttpStatus } from '@nestjs/common';
import { firstDetails } from './first-details.js';
import type { ErrorAnswer } from './ws.exception.js';

const internalError: ErrorAnswer = { status: HttpStatus.INTERNAL_SERVER_ERROR, message: 'Internal server error' };

/** Tells what a client may know of an exception; `undefined` for one that was not made for clients. */
export function answerFor(exception: unknown): ErrorAnswer | undefined {
  try {
    return readAnswer(exception);
  } catch {
    // What fails when it is asked what to tell was not made for clients either.
    return undefined;
  }
}

/** What a client is told of an exception that was not made for it: nothing of the inside. */
export function internalAnswer(): ErrorAnswer {
  return internalError;
}

function readAnswer(exception: unknown): ErrorAnswer | undefined {
  if (exception instanceof HttpException) return answerForHttp(exception);
  const { getError } = (exception ?? {}) as { getError?: unknown };
  // Ours, and that of @nestjs/websockets.
  if (typeof getError === 'function') return answerForWs(getError.call(exception));
  return undefined;
}

function answerForHttp(exception: HttpException): ErrorAnswer {
  const status = exception.getStatus();
  const response = exception.getResponse();
  if (typeof response === 'string') return { status, message: response };
  // Without types it may be nothing at all.
  const { message, error, code, details } = ((response as unknown) ?? {}) as {
    message?: unknown;
    error?: unknown;
    code?: unknown;
    details?: unknown;
  };
  // Validation puts one line per property where the message stands.
  const lines = Array.isArray(message) ? firstDetails<unknown>(message, (text) => text) : details;
  return {
    status,
    message: typeof message === 'string' ? message : typeof error === 'string' ? error : exception.message,
    ...(typeof code === 'string' && { code }),
    ...(lines !== undefined && { details: lines }),
  };
}

function answerForWs(error: unknown): ErrorAnswer {
  const status: number = HttpStatus.BAD_REQUEST;
  if (typeof error !== 'object' || error === null) return { status, message: String(error) };
  const given = error as Partial<ErrorAnswer>;
  return {
    ...given,
    status: typeof given.status === 'number' ? given.status : status,
    message: typeof given.message === 'string' ? given.message : 'Bad request',
  };
}
