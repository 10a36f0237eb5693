// Compares ours with the published server and with raw ones; see README.md.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { goals } from './goals.mjs';
import { describeMachine } from './harness/machine.mjs';
import { createReport } from './harness/report.mjs';
import { measureRounds } from './harness/rounds.mjs';
import { goalTable, tableOf } from './harness/table.mjs';
import { judge } from './harness/verdicts.mjs';
import { implementations } from './servers/index.mjs';
import { workloads } from './workloads/index.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    servers: { type: 'string', default: '' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const plan = {
  rounds: Number(values.rounds ?? (values.quick ? 1 : 5)),
  warmup: values.quick ? 600 : 1_500,
  duration: values.quick ? 1_000 : 2_000,
  retries: values.quick ? 0 : 2,
  isProfiled: values.profile,
};
if (!Number.isInteger(plan.rounds) || plan.rounds < 1)
  throw new Error(`--rounds is a number from 1 on, not ${values.rounds}`);
const isChosen = (names, name) => names === '' || names.split(',').includes(name);
const chosen = workloads.filter(({ name }) => isChosen(values.only, name));
if (chosen.length === 0) throw new Error(`--only is some of ${workloads.map(({ name }) => name).join(',')}`);
if (values.report && values.servers !== '') throw new Error('--report needs all servers');

const results = [];
for (const workload of chosen) {
  const servers = workload.servers.filter((name) => isChosen(values.servers, name));
  if (servers.length === 0) continue;
  const measured = await measureRounds(workload, plan, { servers });
  results.push(...measured);
  if (!values.json) print(workload, measured);
}
const verdicts = judge(goals, results);
const titleOf = (name) => workloads.find((workload) => workload.name === name).title;
if (values.json) console.log(JSON.stringify({ machine: describeMachine(), plan, results, verdicts }, undefined, 2));
else if (verdicts.length > 0) console.log(['Goals', '', ...goalTable(verdicts, titleOf)].join('\n'));
if (values.report) writeReport();

function print({ title, ...workload }, measured) {
  console.log([title, '', ...tableOf(workload, measured), ''].join('\n'));
  for (const { server, doubts, profile } of measured) {
    for (const doubt of doubts) console.log(`doubtful: ${implementations[server].title}, ${doubt}`);
    for (const { share, name, place } of profile?.slice(0, 25) ?? []) {
      console.log(`${implementations[server].title} ${(share * 100).toFixed(1).padStart(5)} % ${name} ${place}`);
    }
  }
}

function writeReport() {
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
  const { page, charts } = createReport({ machine: describeMachine(), command, workloads: chosen, results, verdicts });
  const docs = new URL('../docs/', import.meta.url);
  const folder = new URL('benchmarks/', docs);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { name, svg } of charts) writeFileSync(new URL(name, folder), svg);
  writeFileSync(new URL('benchmarks.md', docs), page);
}
