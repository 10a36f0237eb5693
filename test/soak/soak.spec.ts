import { describe, expect, it } from '@jest/globals';
import { soak } from './soak.js';

// Processes that start, and garbage that is collected in each round, on a busy machine.
const patience = 180_000;

describe('a server worn by clients of all kinds', () => {
  it(
    'keeps nothing of them, and one that does is found out',
    async () => {
      const sound = await soak({ seconds: 6, seed: 1, rounds: 4 });
      expect(sound.failures.filter((failure) => !failure.startsWith('the heap grows'))).toEqual([]);
      const leaking = await soak({ seconds: 6, seed: 1, rounds: 4, leaks: true });
      expect(leaking.failures).toEqual([expect.stringMatching(/^the heap grows by \d+ bytes per session$/)]);
      // However few sessions a busy machine has time for, what is kept on purpose stands out.
      expect(leaking.growth).toBeGreaterThan(sound.growth + 400);
    },
    patience,
  );
});
