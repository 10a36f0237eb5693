// What a message costs its publisher and its receivers; see README.md.
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { startChild } from '../harness/child.mjs';
import { summarize } from '../harness/statistics.mjs';
import { groups } from './adapters.mjs';
import { servers } from './servers.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    count: { type: 'string', default: '20000' },
    size: { type: 'string', default: '200' },
    'per-tick': { type: 'string', default: '20,1' },
    only: { type: 'string', default: '' },
    profile: { type: 'string', default: '' },
  },
});
const rounds = Number(values.rounds);
const warmUps = 2;
const perTicks = values['per-tick'].split(',').map(Number);
const message = { count: Number(values.count), size: Number(values.size) };
const roles = ['publisher', 'member', 'stranger'];

function startNode(role, parameters) {
  const name = `${parameters.group}-${parameters.adapter}-${role}.cpuprofile`.replaceAll(' ', '-');
  const profile = ['--cpu-prof', '--cpu-prof-dir', values.profile, '--cpu-prof-name', name];
  return startChild(new URL('node.mjs', import.meta.url), {
    parameters,
    nodeArgs: values.profile === '' ? [] : profile,
  });
}

async function until(holds, what) {
  for (let n = 0; !(await holds()); n++) {
    if (n > 10_000) throw new Error(`${what} never came`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Three nodes with one adapter, a cluster of their own on a server that others use too. */
async function startCluster(group, adapter, port) {
  const key = `bench-${adapter}`;
  const nodes = {};
  for (const role of roles) nodes[role] = await startNode(role, { group, adapter, port, key });
  await nodes.member.call('join', 'room');
  await nodes.stranger.call('join', 'other');
  await until(async () => (await nodes.publisher.call('count')) === 3, `The cluster of ${group} ${adapter}`);
  return { adapter, nodes, figures: perTicks.map(() => ({ publisher: [], member: [], stranger: [], idle: [] })) };
}

/** One round: the CPU time per message of each process, in microseconds. */
async function measure({ nodes }, idle, perTick) {
  const all = { ...nodes, idle };
  const before = await nodes.member.call('received');
  await Promise.all(Object.values(all).map((node) => node.call('start')));
  await nodes.publisher.call('publish', { room: 'room', ...message, perTick });
  await until(async () => (await nodes.member.call('received')) >= before + message.count, 'The last message');
  const figures = {};
  for (const [name, node] of Object.entries(all)) figures[name] = (await node.call('cpu')).cpu / message.count;
  return figures;
}

async function measureGroup(group, names, port) {
  const idle = await startNode('idle', { group, adapter: 'idle', port });
  const clusters = [];
  for (const name of names) clusters.push(await startCluster(group, name, port));
  // All nodes have heard of each other by now, or do soon.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  for (let round = -warmUps; round < rounds; round++) {
    for (const [at, perTick] of perTicks.entries()) {
      // What the machine does meanwhile falls on all of them, and none is always the first.
      const turn = clusters.map((_, n) => clusters[(n + round + warmUps) % clusters.length]);
      for (const cluster of turn) {
        const figures = await measure(cluster, idle, perTick);
        if (round >= 0) for (const [name, figure] of Object.entries(figures)) cluster.figures[at][name].push(figure);
      }
    }
  }
  await Promise.all([idle, ...clusters.flatMap(({ nodes }) => Object.values(nodes))].map((node) => node.stop()));
  return clusters;
}

const shown = (numbers) => {
  const { median, least, most } = summarize(numbers);
  return `${median.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`;
};
/** Of figures of the same round. */
const ratios = (ones, others) => ones.map((one, round) => one / others[round]);
const row = (cells) => console.log(`| ${cells.join(' | ')} |`);
const load = () => loadavg()[0].toFixed(1);

console.log(`node ${process.version}, ${availableParallelism()} × ${cpus()[0].model}, load ${load()} before`);
console.log(`${message.count} messages of ${message.size} characters, ${rounds} rounds: median (least–most)\n`);
row(['group', 'adapter', 'per turn', 'publisher', 'member', 'stranger', 'stranger − idle', 'publisher ÷', 'member ÷']);
row(Array(9).fill('---'));
for (const [group, { server: kind, adapters }] of Object.entries(groups)) {
  const names = Object.keys(adapters).filter((name) => name !== 'idle' && `${group} ${name}`.includes(values.only));
  if (names.length === 0) continue;
  const server = await servers[kind]();
  if (server === undefined) {
    console.error(`${group} is left out: ${kind} is not installed`);
    continue;
  }
  const clusters = await measureGroup(group, names, server.port);
  await server.stop();
  const published = clusters.find(({ adapter }) => adapter === 'published');
  for (const [at, perTick] of perTicks.entries()) {
    for (const { adapter, figures } of clusters) {
      const { publisher, member, stranger, idle } = figures[at];
      const beside = published?.figures[at];
      const apart = stranger.map((figure, round) => figure - idle[round]);
      const against = ['publisher', 'member'].map((name) =>
        beside === undefined || adapter === 'published' ? '' : shown(ratios(figures[at][name], beside[name])),
      );
      row([group, adapter, perTick, ...[publisher, member, stranger, apart].map(shown), ...against]);
    }
  }
}
console.log(`\nload ${load()} after`);
