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
  options: { budget: { type: 'string', default: '25' }, rounds: { type: 'string', default: '3' } },
});
const plan = { rounds: Number(values.rounds), warmup: 500, duration: 700, retries: 0 };
const started = performance.now();
// The first round is always measured, of every workload.
const mayStart = (round) => round === 0 || performance.now() - started < Number(values.budget) * 1_000;

// One goal of each of these workloads, with servers of its own.
const guarded = ['echo-50x16', 'broadcast-1k', 'burst', 'nest-echo'].map((name) => ({
  workload: findWorkload(name),
  goal: goals.find((goal) => goal.workload === name),
  results: [],
}));
for (let round = 0; round < plan.rounds && mayStart(round); round++) {
  for (const { workload, goal, results } of guarded) {
    const pair = [goal.against.server, goal.server];
    const servers = round % 2 === 0 ? pair : pair.toReversed();
    results.push(...(await measureRounds(workload, { ...plan, rounds: 1 }, { servers })));
  }
}
const verdicts = guarded.flatMap(({ goal, results }) => judge([goal], merge(results)));
console.log(goalTable(verdicts, (name) => findWorkload(name).title).join('\n'));
const missed = verdicts.filter((verdict) => isGrosslyMissed(verdict, share));
for (const { goal } of missed) console.error(`${goal.workload}: missed by more than half`);
process.exitCode = missed.length === 0 ? 0 : 1;

// Rounds go over all workloads, so that the time there is is shared by them.
function merge(results) {
  return [...new Set(results.map(({ server }) => server))].map((server) => {
    const same = results.filter((result) => result.server === server);
    return { ...same[0], rounds: same.flatMap(({ rounds }) => rounds) };
  });
}
