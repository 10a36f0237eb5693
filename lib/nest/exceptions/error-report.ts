import type { LoggerService } from '@nestjs/common';
import type { Socket } from '../../server/index.js';
import { messageOf, printable, printableStack, shortId } from '../../shared/index.js';
import { loggedEvent } from '../context/logged-event.js';
import { answerFor, internalAnswer } from './error-answer.js';
import type { ErrorAnswer } from './ws.exception.js';

/** Logs an error in full; with the option `context`, also where it was. @param event what failed. */
export function logError(logger: LoggerService, event: string, error: unknown): void {
  logger.error(`"${printable(event)}" failed: ${printable(messageOf(error))}${whereabouts()}`, printableStack(error));
}

function whereabouts(): string {
  const current = loggedEvent();
  if (current === undefined) return '';
  const { namespace, event, socket, id } = current;
  return ` (namespace ${printable(namespace)}, event ${printable(event)}, socket ${shortId(socket)}, id ${id})`;
}

/** What a client is told of an error; one that was not made for clients is logged, once. */
export function toldOf(logger: LoggerService, event: string, error: unknown): ErrorAnswer {
  const answer = answerFor(error);
  if (answer === undefined) logError(logger, event, error);
  return answer ?? internalAnswer();
}

/** Sends what a client is told; where that cannot be encoded, that there is an error: something can always be told. */
export function tellError(
  logger: LoggerService,
  event: string,
  answer: unknown,
  send: (answer: unknown) => void,
): void {
  try {
    send(answer);
  } catch (error) {
    logger.error(`The error of "${printable(event)}" cannot be sent: ${printable(messageOf(error))}${whereabouts()}`);
    send(internalAnswer());
  }
}

/** Emits `exception`: the answer, and where it has room for it, the event it is about. */
export function emitException(socket: Socket, event: string, answer: unknown): void {
  const hasRoom = typeof answer === 'object' && answer !== null && !Array.isArray(answer);
  socket.emit('exception', hasRoom ? { ...answer, event } : answer);
}
