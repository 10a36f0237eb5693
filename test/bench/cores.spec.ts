import { describe, expect, it } from '@jest/globals';
import { importBench } from './import-bench.js';

interface Bench {
  readonly cores: readonly number[];
  startChild(
    file: URL,
    options: { core: number },
  ): Promise<{ call(operation: string): Promise<unknown>; stop(): Promise<void> }>;
}

const bench = await importBench<Bench>('harness/cores.mjs', 'harness/child.mjs');
const hasTwo = bench.cores.length > 1;

describe('the processes of a measurement', () => {
  // There is nothing to bind to where `taskset` is missing or all there is is one core.
  (hasTwo ? it : it.skip)(
    'have a core each, though one starts the other',
    async () => {
      const child = await bench.startChild(new URL('nested-child.mjs', import.meta.url), { core: 1 });
      expect(await child.call('cores')).toEqual([[bench.cores[1]], [bench.cores[0]]]);
      await child.stop();
    },
    60_000,
  );
});
