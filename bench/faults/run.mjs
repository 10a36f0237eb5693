// Plays each fault over each bus, and writes what happened into docs/faults.md and the README; see README.md.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buses } from '../../test/cluster/faults/buses.ts';
import { cutOff } from '../../test/cluster/faults/bus-away.ts';
import { loseNodes } from '../../test/cluster/faults/dead-node.ts';
import { restartInTurn } from '../../test/cluster/faults/rolling-restart.ts';
import { debian } from '../../test/support/programs.ts';
import { tablesOf, tellingRows } from './tables.mjs';
import { withFigures } from './figures.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    outage: { type: 'string', default: '3000' },
    print: { type: 'boolean', default: false },
  },
});
const outage = Number(values.outage);
if (!(outage > 0)) throw new Error(`--outage is a time in milliseconds, not "${values.outage}"`);
const chosen = buses.filter(({ name }) => name.includes(values.only));
if (chosen.length === 0) throw new Error(`No bus has "${values.only}" in its name: ${names(buses)}`);

function names(all) {
  return all.map(({ name }) => name).join('; ');
}

/** What is not installed is left out of the rows, which a file must not be. */
const missing = chosen.filter(({ broker }) => broker.needs.some((need) => need.find() === undefined));
if (missing.length > 0) throw new Error(`Not installed: what these need: ${names(missing)}`);

function versionOf(command, ...args) {
  const { stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return /\d+(\.\d+)+/.exec(stdout)?.[0] ?? 'unknown';
}

function clientVersion() {
  const file = new URL('../../node_modules/socket.io-client/package.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

const results = [];
for (const bus of chosen) {
  const start = performance.now();
  results.push({
    bus: bus.name,
    dead: await loseNodes(bus),
    away: bus.broker.needs.length > 0 ? await cutOff(bus, outage) : undefined,
    drained: await restartInTurn(bus, 'SIGTERM'),
    killed: await restartInTurn(bus, 'SIGKILL'),
  });
  console.error(`${bus.name}: ${((performance.now() - start) / 1_000).toFixed(0)} s`);
}

const about = [
  new Date().toISOString().slice(0, 10),
  `Node ${process.version}`,
  `Redis ${versionOf(debian.redis.find(), '--version')}`,
  `NATS ${versionOf(debian.nats.find(), '--version')}`,
  `PostgreSQL ${versionOf(`${debian.postgres.find()}/postgres`, '--version')}`,
  `socket.io-client ${clientVersion()}`,
  `${availableParallelism()} cores of an ${cpus()[0]?.model.trim() ?? 'unknown processor'}`,
  `${Math.round(totalmem() / 2 ** 30)} GB`,
].join(', ');
const full = tablesOf(results, { about, outage });

if (values.print || chosen.length < buses.length) console.log(full);
else {
  for (const [file, figures] of [
    ['docs/faults.md', full],
    ['README.md', tellingRows(full)],
  ]) {
    const path = fileURLToPath(new URL(`../../${file}`, import.meta.url));
    writeFileSync(path, withFigures(readFileSync(path, 'utf8'), figures));
  }
}
