// A short run for CI: fails when a goal is missed by far; see README.md.
import { parseArgs } from 'node:util';
import { goals } from './goals.mjs';
import { measureRounds } from './harness/rounds.mjs';
import { goalTable } from './harness/table.mjs';
import { isGrosslyMissed, judge } from './harness/verdicts.mjs';
import { findWorkload } from './workloads/index.mjs';

/** Below this share of a goal no noise is to blame. */
const share = 0.5;
const { values } = parseArgs({
  options: { budget: { type: 'string', default: '35' }, rounds: { type: 'string', default: '3' } },
});
const plan = { rounds: Number(values.rounds), warmup: 500, duration: 700, retries: 0 };
const started = performance.now();
// The first round is always measured, of every workload.
const mayStart = (round) => round === 0 || performance.now() - started < Number(values.budget) * 1_000;

const guarded = ['echo-50x16', 'fan-in', 'broadcast-1k', 'connect'].map(findWorkload);
const results = new Map(guarded.map(({ name }) => [name, []]));
for (let round = 0; round < plan.rounds && mayStart(round); round++) {
  for (const workload of guarded) {
    const servers = round % 2 === 0 ? ['official', 'ours'] : ['ours', 'official'];
    results.get(workload.name).push(...(await measureRounds(workload, { ...plan, rounds: 1 }, { servers })));
  }
}
const verdicts = judge(goals, [...results.values()].flatMap(merge));
console.log(goalTable(verdicts, (name) => findWorkload(name).title).join('\n'));
const missed = verdicts.filter((verdict) => isGrosslyMissed(verdict, share));
for (const { goal } of missed) console.error(`${goal.workload}: less than half of its goal`);
process.exitCode = missed.length === 0 ? 0 : 1;

// Rounds go over all workloads, so that the time left is shared by them.
function merge(single) {
  return ['official', 'ours'].map((server) => {
    const same = single.filter((result) => result.server === server);
    return { ...same[0], rounds: same.flatMap(({ rounds }) => rounds) };
  });
}
