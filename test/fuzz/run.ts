// npm run fuzz -- [--seconds 60] [--target name] [--seed number]
//
// Runs every target, or one, for an equal part of the time. What fails is made small, kept in `seeds/`, and ends it.
import { parseArgs } from 'node:util';
import { Coverage } from './coverage.js';
import { fuzz } from './fuzz.js';
import { keepInput } from './seed-files.js';
import { targets } from './targets.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    target: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_007) },
  },
});
const chosen = targets.filter(({ name }) => values.target === undefined || values.target === name);
if (chosen.length === 0) {
  console.error(`--target is one of ${targets.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const seed = Number(values.seed);
const each = (Number(values.seconds) * 1_000) / chosen.length;
using coverage = new Coverage();
for (const target of chosen) {
  const end = performance.now() + each;
  const { runs, kept, stepsPerByte, failure } = fuzz(target, coverage, () => performance.now() >= end, seed);
  console.log(
    `${target.name.padEnd(18)} ${String(runs).padStart(8)} runs, ${String(kept).padStart(5)} reached something new, at most ${stepsPerByte.toFixed(1)} steps per byte`,
  );
  if (failure === undefined) continue;
  console.error(failure.error);
  console.error(`seed ${seed}, input ${JSON.stringify(failure.input.toString('latin1'))}`);
  console.error(`kept as ${keepInput(target.name, failure.input)}`);
  process.exitCode = 1;
  break;
}
