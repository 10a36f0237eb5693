import type { LogSink } from '../../lib/server/index.js';

/** A log that keeps its lines. */
export class RecordingLog implements LogSink {
  readonly lines: string[] = [];
  /** The stacks that came with them. */
  readonly stacks: string[] = [];
  warn(message: string, context?: string): void {
    this.lines.push(`${context} warn ${message}`);
  }
  error(message: string, stack?: string, context?: string): void {
    if (stack !== undefined) this.stacks.push(stack);
    this.lines.push(`${context} error ${message}${stack === undefined ? '' : ' (with its stack)'}`);
  }
}
