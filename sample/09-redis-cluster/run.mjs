// Starts a Redis Cluster and two nodes on free ports, shows messages that cross the nodes, and ends everything.
// With `--single` it is one Redis, and its classic channels. Needs redis-server and redis-cli 7, and no Docker.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { io } from 'socket.io-client';

const main = fileURLToPath(new URL('../../dist/sample/redis-cluster/main.js', import.meta.url));
const isSingle = process.argv.includes('--single');
/** Everything that was started, the last first. */
const started = [];

process.once('SIGINT', () => void endAll().then(() => process.exit(130)));
try {
  await run();
} finally {
  await endAll();
}

async function run() {
  if (!existsSync(main)) throw new Error('Build it first: npm run build && npx nest build redis-cluster');
  const redisPorts = [];
  for (let n = 0; n < (isSingle ? 1 : 3); n++) redisPorts.push(await startRedis());
  const addresses = redisPorts.map((port) => `127.0.0.1:${port}`);
  if (!isSingle) formCluster(addresses);
  const redis = isSingle ? { REDIS_URL: `redis://${addresses[0]}` } : { REDIS_NODES: addresses.join(',') };
  const urls = [await startNode('node-1', redis), await startNode('node-2', redis)];

  const [ann, ben] = await Promise.all(urls.map(connect));
  console.log(`Ann is at ${(await open(ann)).node}, Ben is at ${(await open(ben)).node}`);
  const notes = nextNotes(ben, 3);
  for (const text of ['Hello', 'Is anybody there?', 'Bye']) await ask(ann, 'write', { board: 'lobby', text });
  for (const { text, from } of await notes) console.log(`Ben reads "${text}" from ${from}`);
  console.log(`Readers: ${JSON.stringify(await ask(ben, 'readers', { board: 'lobby' }))}`);
  const health = await (await fetch(`${urls[0]}/health/ready`)).json();
  console.log(`Ready: ${health.status}, ${health.servers} nodes`);
  ann.close();
  ben.close();
}

async function startRedis() {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const cluster = isSingle ? [] : ['--cluster-enabled', 'yes', '--cluster-node-timeout', '3000'];
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--dir', folder, ...cluster];
  await start('redis-server', args, {}, 'Ready to accept connections', folder);
  return port;
}

function formCluster(addresses) {
  const args = ['--cluster', 'create', ...addresses, '--cluster-yes'];
  const { status, stdout, error } = spawnSync('redis-cli', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`redis-cli did not form the cluster:\n${stdout ?? error}`);
}

async function startNode(name, redis) {
  const port = await freePort();
  const env = { NODE_NAME: name, PORT: String(port), NO_COLOR: '1', ...redis };
  const url = `http://localhost:${port}`;
  await start(process.execPath, [main], env, url);
  return url;
}

/** Starts a process; resolves when it has written the words by which it tells that it is ready. */
async function start(command, args, env, ready, folder) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  started.unshift({ child, folder });
  let output = '';
  await new Promise((resolve, reject) => {
    const read = (chunk) => {
      output += chunk;
      if (output.includes(ready)) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code}:\n${output}`)));
  });
  console.log(`Started ${env.NODE_NAME ?? command} as process ${child.pid}`);
}

async function endAll() {
  for (const { child, folder } of started.splice(0)) {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

async function connect(url) {
  const socket = io(url, { transports: ['websocket'], forceNew: true });
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });
  return socket;
}

function open(socket) {
  return ask(socket, 'open', { board: 'lobby' });
}

async function ask(socket, event, body) {
  const answer = await socket.timeout(10_000).emitWithAck(event, body);
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.data;
}

function nextNotes(socket, count) {
  const notes = [];
  return new Promise((resolve) => {
    socket.on('note', (note) => {
      if (notes.push(note) === count) resolve(notes);
    });
  });
}

/** The port of a Redis that is part of a cluster has another one, 10000 above it. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port + 10_000 < 65_536 ? port : freePort();
}
