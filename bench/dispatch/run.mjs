import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { check } from './check.mjs';
import { answer } from './gateways.mjs';
import { measure } from './measure.mjs';
import { openPaths } from './paths.mjs';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '7' },
    duration: { type: 'string', default: '200' },
    only: { type: 'string', default: '' },
  },
});

const { paths, close } = await openPaths();
// Bare is what the others are held against.
const chosen = paths.filter(({ layer, handler }) => layer === 'bare' || `${layer}: ${handler}`.includes(values.only));
for (const path of chosen) await check(path, answer);
const rounds = Number(values.rounds);
const duration = Number(values.duration);
const medians = await measure(chosen, { rounds, duration });
await close();

const nsOf = (layer, handler) => medians[chosen.findIndex((path) => path.layer === layer && path.handler === handler)];
const rows = chosen.map(({ layer, handler }, index) => {
  const ns = medians[index];
  const nest = nsOf('nest', handler);
  return {
    layer,
    handler,
    ns,
    overBare: ns - medians[0],
    ratioToBare: ns / medians[0],
    ...(nest !== undefined && { ratioToNest: ns / nest }),
  };
});
const run = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', rounds, duration };
if (values.json) console.log(JSON.stringify({ ...run, rows }, undefined, 2));
else print();

function print() {
  console.log(`node ${run.node}, ${run.cpu}, median of ${rounds} rounds of ${duration} ms\n`);
  console.log('| layer | handler | ns per event | over bare | of bare | of Nest |');
  console.log('| --- | --- | ---: | ---: | ---: | ---: |');
  for (const { layer, handler, ns, overBare, ratioToBare, ratioToNest } of rows) {
    const ofNest = ratioToNest === undefined ? '' : ratioToNest.toFixed(3);
    console.log(
      `| ${layer} | ${handler} | ${ns.toFixed(0)} | ${overBare.toFixed(0)} | ${ratioToBare.toFixed(1)} | ${ofNest} |`,
    );
  }
}
