import { escaped, printableStack } from './printable.js';

/** Where log lines go; Nest's `Logger` and `console` both fit. */
export interface LogSink {
  debug?(message: string, context?: string): void;
  warn(message: string, context?: string): void;
  error(message: string, stack?: string, context?: string): void;
}

/** A named logger. Guard `debug` calls with `enabled`, so that a line costs nothing when nobody reads it. */
export interface Log {
  readonly enabled: boolean;
  debug(message: string): void;
  warn(message: string): void;
  error(message: string, error?: unknown): void;
}

/**
 * Creates a logger called `name` that writes to `sink`, or nowhere when there is no sink.
 *
 * Each message stays on its line. What a peer has said in it, `printable()` bounds.
 */
export function createLog(name: string, sink: LogSink | undefined): Log {
  if (sink === undefined) return silentLog;
  const { debug } = sink;
  return {
    enabled: debug !== undefined,
    debug: (message) => write(() => debug?.call(sink, escaped(message), name)),
    warn: (message) => write(() => sink.warn(escaped(message), name)),
    error: (message, error) => write(() => sink.error(escaped(message), printableStack(error), name)),
  };
}

/** A sink that throws, or rejects, has lost its line, and nothing else: nobody is left to be told. */
function write(call: () => unknown): void {
  try {
    const written = call();
    if (written instanceof Promise) written.catch(noop);
  } catch {}
}

/** A logger that drops every line. */
export const silentLog: Log = { enabled: false, debug: noop, warn: noop, error: noop };

function noop(): void {}
