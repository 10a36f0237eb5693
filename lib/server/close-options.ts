import { longestTimeout, RookeryError } from '../shared/index.js';

/** How a server is closed. */
export interface CloseOptions {
  /**
   * How long adapters and clients may take, in milliseconds, from 0 on; then what is left is cut.
   *
   * Adapters have at most the first half of it.
   *
   * @default 5_000
   */
  readonly grace?: number;
}

const defaultGrace = 5_000;

/**
 * The grace of the options, or the default.
 *
 * @throws RookeryError `INVALID_OPTION` for what no timer can be set to.
 */
export function graceOf({ grace = defaultGrace }: CloseOptions): number {
  if (typeof grace === 'number' && grace >= 0 && grace <= longestTimeout) return grace;
  throw new RookeryError(
    'INVALID_OPTION',
    `grace is a number of milliseconds from 0 to ${longestTimeout}, not ${String(grace)}`,
  );
}
