// npm run soak -- [--seconds 60] [--seed number]
//
// Exits with 1 when something is lost or left; says what.
import { parseArgs } from 'node:util';
import { soak } from './soak.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_007) },
  },
});
const seed = Number(values.seed);
console.log(`seed ${seed}`);
const { failures } = await soak({ seconds: Number(values.seconds), seed, report: (line) => console.log(line) });
for (const failure of failures) console.error(failure);
process.exit(failures.length > 0 ? 1 : 0);
