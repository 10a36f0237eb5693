import { RookeryError } from './errors.js';

/**
 * Returns the value of an option that has to be a number above 0.
 *
 * @throws RookeryError `INVALID_OPTION` when it is not.
 */
export function positive(option: string, value: unknown): number {
  if (typeof value === 'number' && value > 0) return value;
  throw new RookeryError('INVALID_OPTION', `${option} is a number above 0, not ${String(value)}`);
}
