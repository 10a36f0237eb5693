import type { Random } from './random.js';

/** No input is longer, in bytes. */
export const maxLength = 4_096;

type Mutation = (input: Buffer, random: Random, others: readonly Buffer[], tokens: readonly Buffer[]) => Buffer;

const splice = (input: Buffer, start: number, removed: number, added: Uint8Array): Buffer =>
  Buffer.concat([input.subarray(0, start), added, input.subarray(start + removed)]);

const somewhere = (input: Buffer, random: Random): number => random.below(input.length + 1);

const mutations: readonly Mutation[] = [
  // A bit, a byte, a digit.
  (input, random) => {
    const copy = Buffer.from(input);
    if (copy.length > 0) copy[random.below(copy.length)]! ^= 1 << random.below(8);
    return copy;
  },
  (input, random) => splice(input, somewhere(input, random), 1, Uint8Array.of(random.below(256))),
  (input, random) => splice(input, somewhere(input, random), random.below(2), Buffer.from(String(random.below(100)))),
  // Something that the format knows, in or in the place of something.
  (input, random, _others, tokens) => splice(input, somewhere(input, random), 0, random.pick(tokens)),
  (input, random, _others, tokens) => splice(input, somewhere(input, random), random.below(6), random.pick(tokens)),
  // Something that the format knows, in the place of a whole value.
  (input, random, _others, tokens) => {
    const text = input.toString('latin1');
    const borders = [...text.matchAll(/[[\]{}:,]/g)].map(({ index }) => index);
    if (borders.length < 2) return input;
    const at = random.below(borders.length - 1);
    return splice(input, borders[at]! + 1, borders[at + 1]! - borders[at]! - 1, random.pick(tokens));
  },
  // Less, and more of the same.
  (input, random) => splice(input, somewhere(input, random), random.below(16), new Uint8Array(0)),
  (input, random) => {
    const start = somewhere(input, random);
    const part = input.subarray(start, start + 1 + random.below(16));
    const times = 1 << random.below(8);
    return splice(input, start, 0, Buffer.concat(Array.from({ length: times }, () => part)));
  },
  // The beginning of one, the end of another.
  (input, random, others) => {
    const other = random.pick(others);
    return Buffer.concat([input.subarray(0, somewhere(input, random)), other.subarray(somewhere(other, random))]);
  },
];

/** Makes another input of one, by a few changes. */
export function mutate(input: Buffer, random: Random, others: readonly Buffer[], tokens: readonly Buffer[]): Buffer {
  let changed = input;
  for (let left = 1 + random.below(4); left > 0; left--) {
    changed = random.pick(mutations)(changed, random, others, tokens).subarray(0, maxLength);
  }
  return changed;
}

/** Takes away what a failure does not need. */
export function shrink(input: Buffer, fails: (input: Buffer) => boolean): Buffer {
  let smallest = input;
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < smallest.length;) {
      const shorter = splice(smallest, start, size, new Uint8Array(0));
      if (fails(shorter)) smallest = shorter;
      else start += size;
    }
  }
  return smallest;
}
