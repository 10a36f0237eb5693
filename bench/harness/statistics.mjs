/**
 * The middle of some numbers.
 *
 * @param {readonly number[]} values at least one.
 */
export function median(values) {
  return quantile(values, 0.5);
}

/**
 * The value below which a share of some numbers lies, between two of them where it falls there.
 *
 * @param {readonly number[]} values at least one.
 * @param {number} share from 0 to 1.
 */
export function quantile(values, share) {
  if (values.length === 0) throw new RangeError('There is nothing to take a quantile of');
  const sorted = Float64Array.from(values).sort();
  const position = (sorted.length - 1) * share;
  const below = Math.floor(position);
  const above = Math.ceil(position);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}

/**
 * A figure over the rounds of a run.
 *
 * @typedef {object} Summary
 * @property {number} median
 * @property {number} least
 * @property {number} most
 * @property {number} rounds how many there were.
 */

/**
 * @param {readonly number[]} values one of each round.
 * @returns {Summary}
 */
export function summarize(values) {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values), rounds: values.length };
}

/**
 * Ratios of two figures, pair by pair: what disturbs a round disturbs both.
 *
 * @param {readonly number[]} numerators one of each round.
 * @param {readonly number[]} denominators of the same rounds.
 * @returns {Summary}
 */
export function ratios(numerators, denominators) {
  if (numerators.length !== denominators.length) {
    throw new RangeError(`Rounds do not pair: ${numerators.length} and ${denominators.length}`);
  }
  return summarize(numerators.map((numerator, round) => numerator / denominators[round]));
}
