import type { Coverage } from './coverage.js';
import { mutate, shrink } from './mutate.js';
import { Random } from './random.js';
import type { Target } from './target.js';

/** What a run over one target has come to. */
export interface FuzzResult {
  readonly runs: number;
  /** How many inputs reached something new. */
  readonly kept: number;
  /** The most steps for an input, per byte of it. */
  readonly stepsPerByte: number;
  readonly failure: { readonly input: Buffer; readonly error: unknown } | undefined;
}

// Ten times what any target was seen to need: blocks that may run for any input, and for each byte of it.
const stepsForAny = 4_000;
const stepsPerByte = 300;
/** How many inputs run before it is asked what they have reached: asking costs more than most of them. */
const batchSize = 16;

/** Runs a target on inputs made of those that reached something new, until the time is over or one fails. */
export function fuzz(target: Target, coverage: Coverage, until: () => boolean, seed: number): FuzzResult {
  const random = new Random(seed);
  const corpus: Buffer[] = [];
  const seen = new Set<string>();
  const tokens = target.tokens.map((token) => Buffer.from(token, 'latin1'));
  let runs = 0;
  let most = 0;

  /** What does not hold of inputs that run together; what they reach for the first time is kept. */
  const failureOf = (inputs: readonly Buffer[]): unknown => {
    coverage.take();
    try {
      for (const input of inputs) {
        runs++;
        target.run(input);
      }
    } catch (error) {
      return error;
    }
    const { blocks, steps } = coverage.take();
    const length = inputs.reduce((sum, input) => sum + input.length, 0);
    const allowed = stepsForAny + stepsPerByte * length;
    const isNew = blocks.some((block) => !seen.has(block));
    if (inputs.length > 1) {
      // Each by itself, where something is to be seen.
      return isNew || steps > allowed ? firstFailure(inputs) : undefined;
    }
    most = Math.max(most, (steps - stepsForAny) / (length + 1));
    if (steps > allowed) return new Error(`${steps} steps for ${length} bytes: the work grows faster than the input`);
    if (isNew) corpus.push(inputs[0]!);
    for (const block of blocks) seen.add(block);
    return undefined;
  };
  const firstFailure = (inputs: readonly Buffer[]): unknown => {
    for (const input of inputs) {
      const error = failureOf([input]);
      if (error !== undefined) return error;
    }
    return undefined;
  };
  const result = (inputs?: readonly Buffer[]): FuzzResult => {
    const input = inputs?.find((each) => failureOf([each]) !== undefined);
    if (input === undefined) return { runs, kept: corpus.length, stepsPerByte: most, failure: undefined };
    const smallest = shrink(input, (shorter) => failureOf([shorter]) !== undefined);
    return {
      runs,
      kept: corpus.length,
      stepsPerByte: most,
      failure: { input: smallest, error: failureOf([smallest]) },
    };
  };

  const first = target.seeds(seed);
  if (firstFailure(first) !== undefined) return result(first);
  while (!until()) {
    const inputs = Array.from({ length: batchSize }, () => mutate(random.pick(corpus), random, corpus, tokens));
    if (failureOf(inputs) !== undefined) return result(inputs);
  }
  return result();
}
