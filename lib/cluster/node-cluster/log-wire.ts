import type { DeliveryLogLimits, DeliveryOffset } from '../../adapter/index.js';

/** What marks the messages about the logs that a primary keeps. */
export const logSource = 'rookery.log';

/** What a worker wants of a log; the names are those of its methods. */
export type LogRequest =
  | { readonly act: 'append'; readonly stream: string; readonly data: unknown[] }
  | { readonly act: 'heads'; readonly streams: readonly string[] }
  | { readonly act: 'read'; readonly stream: string; readonly after: DeliveryOffset; readonly limit: number };

/** What a worker asks the primary. */
export interface LogQuestion {
  readonly source: typeof logSource;
  /** Its number, in the worker. */
  readonly id: number;
  /** Whose log it is. */
  readonly nsp: string;
  /** How much is kept, should this be the first message. */
  readonly limits: DeliveryLogLimits;
  readonly request: LogRequest;
}

/** What the primary answers: what the method of the log gives, or why it does not. */
export interface LogAnswer {
  readonly source: typeof logSource;
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** Whether something is about a log. */
export function isAboutLogs(message: unknown): message is { readonly id: number } {
  if (typeof message !== 'object' || message === null) return false;
  const { source, id } = message as Partial<LogQuestion>;
  return source === logSource && Number.isSafeInteger(id);
}

/** Whether something is a question that a log can answer; what only looks like one is not. */
export function isLogQuestion(message: unknown): message is LogQuestion {
  if (!isAboutLogs(message)) return false;
  const { nsp, limits, request } = message as Partial<LogQuestion>;
  return typeof nsp === 'string' && areLimits(limits) && isRequest(request);
}

function areLimits(value: Partial<DeliveryLogLimits> | undefined): boolean {
  const { maxAge, maxMessagesPerStream, maxMessages } = value ?? {};
  return [maxAge, maxMessagesPerStream, maxMessages].every((each) => typeof each === 'number' && each > 0);
}

function isRequest(value: unknown): boolean {
  const { act, stream, data, streams, after, limit } = (value ?? {}) as Record<string, unknown>;
  switch (act) {
    case 'append':
      return typeof stream === 'string' && Array.isArray(data) && data.length > 0;
    case 'heads':
      return Array.isArray(streams) && streams.every((each) => typeof each === 'string');
    case 'read':
      return typeof stream === 'string' && isOffset(after) && Number.isSafeInteger(limit);
    default:
      return false;
  }
}

function isOffset(value: unknown): boolean {
  const { epoch, number } = (value ?? {}) as Partial<DeliveryOffset>;
  return Number.isSafeInteger(epoch) && Number.isSafeInteger(number);
}
