import { RookeryError } from '../shared/index.js';

/** What those are told whose message a log may not have kept. @param bus who keeps the log, by its name. */
export function notKept(bus: string, cause?: unknown): RookeryError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  const message = `${bus} does not say that it has kept what is delivered reliably${why}`;
  return new RookeryError('CLUSTER_UNREACHABLE', message, { cause });
}
