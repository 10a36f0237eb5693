import type { NodeId } from '../../adapter/index.js';

/** A payload that was sent again comes right behind the first one, but for what a connection has delayed. */
const kept = 8;
/** Of how many nodes numbers are kept: those that are gone have left some. */
const maxNodes = 1_000;

/**
 * The numbers of the payloads that a node had kept last: one that was sent again may be there twice.
 *
 * Only these are looked at, and not whether numbers rise: one wrong number would silence its node up to there.
 */
export class RecentNumbers {
  readonly #numbers = new Map<NodeId, number[]>();

  /** Takes the number of a payload. @returns whether it was taken before. */
  isRepeated(from: NodeId, number: number): boolean {
    const numbers = this.#numbers.get(from) ?? [];
    if (numbers.includes(number)) return true;
    numbers.push(number);
    if (numbers.length > kept) numbers.shift();
    // Whoever has spoken last is the last to be forgotten.
    this.#numbers.delete(from);
    this.#numbers.set(from, numbers);
    if (this.#numbers.size > maxNodes) this.#numbers.delete(this.#numbers.keys().next().value!);
    return false;
  }
}
