import { describe, expect, it } from '@jest/globals';
import { mutate } from './mutate.js';
import { Random } from './random.js';
import { keptInputs } from './seed-files.js';
import { targets } from './targets.js';

describe.each(targets.map((target) => [target.name, target] as const))('what reads %s', (name, target) => {
  it('holds for the inputs that are kept', () => {
    for (const { input } of keptInputs(name)) target.run(input);
  });

  it('holds for inputs made of those that it begins with', () => {
    const random = new Random(1);
    const seeds = target.seeds(1);
    const tokens = target.tokens.map((token) => Buffer.from(token, 'latin1'));
    for (const input of seeds) target.run(input);
    for (let round = 0; round < 500; round++) target.run(mutate(random.pick(seeds), random, seeds, tokens));
    expect(seeds.length).toBeGreaterThan(1);
  });
});
