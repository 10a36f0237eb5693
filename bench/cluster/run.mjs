// What a message costs its publisher and its receivers; see README.md.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startChild } from '../harness/child.mjs';
import { median } from '../harness/statistics.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    count: { type: 'string', default: '20000' },
    size: { type: 'string', default: '200' },
    'per-tick': { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
  },
});
const rounds = Number(values.rounds);
const message = { count: Number(values.count), size: Number(values.size), perTick: Number(values['per-tick']) };

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

async function startRedis() {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'bench-redis-'));
  const network = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no', '--dir', folder];
  const child = spawn('redis-server', network, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const chunk of child.stdout) if (String(chunk).includes('Ready to accept')) break;
  return {
    port,
    async stop() {
      child.kill();
      await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const startNode = (parameters) => startChild(new URL('node.mjs', import.meta.url), { parameters });

const until = async (holds) => {
  for (let n = 0; !(await holds()); n++) {
    if (n > 5_000) throw new Error('It never came to this');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const cases = ['ioredis', 'redis'].flatMap((library) =>
  ['published', 'classic', 'batched'].map((adapter) => ({ library, adapter })),
);
const redis = await startRedis();
const rows = [];
for (const { library, adapter } of cases.filter((each) => `${each.library} ${each.adapter}`.includes(values.only))) {
  const nodes = [];
  const start = async (name) => {
    nodes.push(await startNode({ port: redis.port, adapter: name, library }));
    return nodes.at(-1);
  };
  const [publisher, member, stranger] = [await start(adapter), await start(adapter), await start(adapter)];
  const idle = await start('idle');
  await member.call('join', 'room');
  await stranger.call('join', 'other');
  await until(async () => (await publisher.call('count')) === 3);
  // All nodes have heard of each other by now, or do soon.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const figures = { publisher: [], member: [], stranger: [], idle: [] };
  for (let round = -1; round < rounds; round++) {
    const before = await member.call('received');
    const all = { publisher, member, stranger, idle };
    await Promise.all(Object.values(all).map((node) => node.call('start')));
    await publisher.call('publish', { room: 'room', ...message });
    await until(async () => (await member.call('received')) === before + message.count);
    for (const [name, node] of Object.entries(all)) {
      const { cpu } = await node.call('cpu');
      // The first round warms up.
      if (round >= 0) figures[name].push(cpu / message.count);
    }
  }
  rows.push({
    library,
    adapter,
    ...Object.fromEntries(Object.entries(figures).map(([name, all]) => [name, median(all)])),
  });
  for (const node of nodes) await node.stop();
}
await redis.stop();

const cell = (value) => (typeof value === 'number' ? value.toFixed(2) : value).padEnd(10);
console.log(['library', 'adapter', 'publisher', 'member', 'stranger', 'idle', 'of published'].map(cell).join(' '));
for (const row of rows) {
  const published = rows.find((each) => each.library === row.library && each.adapter === 'published');
  const ratio = (name) => (published === undefined ? '' : (row[name] / published[name]).toFixed(2));
  console.log([...Object.values(row), `${ratio('publisher')} / ${ratio('member')}`].map(cell).join(' '));
}
