import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';
import { eventually } from '../interop/published-adapters/cluster.js';
import { Clients, next } from '../support/clients.js';
import { debian, describeWith } from '../support/debian.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { startRedis, startRedisCluster, type Redis } from '../support/redis.js';
import { startSample, type SampleProcess } from '../support/sample-process.js';

jest.setTimeout(60_000);

const folder = 'sample/09-redis-cluster';
const read = (file: string): string => readFileSync(`${folder}/${file}`, 'utf8');

describeWith([debian.redis, debian.nginx], 'the nodes behind nginx', () => {
  let redis: Awaited<ReturnType<typeof startRedisCluster>>;
  let nodes: SampleProcess[];
  let nginx: Nginx;
  let clients: Clients;

  beforeAll(async () => {
    redis = await startRedisCluster();
    const REDIS_NODES = redis.ports.map((port) => `127.0.0.1:${port}`).join(',');
    nodes = await Promise.all(
      ['node-1', 'node-2'].map((name) => startSample('redis-cluster', { env: { NODE_NAME: name, REDIS_NODES } })),
    );
    const configuration = nodes.reduce(
      (text, { url }, index) => text.replace(`server node-${index + 1}:3000`, `server 127.0.0.1:${new URL(url).port}`),
      read('nginx.conf'),
    );
    nginx = await startNginx(configuration);
  }, 60_000);
  afterEach(() => clients?.close());
  afterAll(async () => {
    await nginx?.stop();
    await Promise.all((nodes ?? []).map((node) => node.stop()));
    await redis?.stop();
  });

  const board = { board: 'lobby' };
  const readers = async (socket: Awaited<ReturnType<Clients['connect']>>): Promise<Record<string, number>> =>
    ((await socket.emitWithAck('readers', board)) as { data: Record<string, number> }).data;

  it('share clients out, reach those of each other, and take over those of one that ends', async () => {
    clients = new Clients(() => nginx.url);
    const options = { transports: ['websocket'], reconnection: true, reconnectionDelay: 10, reconnectionDelayMax: 50 };
    const sockets = await Promise.all(Array.from({ length: 6 }, () => clients.connect('/', options)));
    const opened = await Promise.all(sockets.map((socket) => socket.emitWithAck('open', board)));
    const places = opened.map(({ data }) => (data as { node: string }).node);
    expect(new Set(places)).toEqual(new Set(['node-1', 'node-2']));

    const [writer, ...others] = sockets;
    const heard = Promise.all(others.map((socket) => next(socket, 'note')));
    const note = { text: 'Hello', from: places[0] };
    expect(await writer!.emitWithAck('write', { ...board, text: 'Hello' })).toEqual({ ok: true, data: note });
    expect(await heard).toEqual(others.map(() => [note]));
    const count = (name: string): number => places.filter((each) => each === name).length;
    expect(await readers(writer!)).toEqual({ 'node-1': count('node-1'), 'node-2': count('node-2') });

    for (const socket of sockets) socket.on('connect', () => void socket.emitWithAck('open', board));
    await nodes[1]!.stop();
    const staying = sockets[places.indexOf('node-1')]!;
    await eventually('all are at the first', async () => (await readers(staying))['node-1'] === 6);
    expect(await (await fetch(`${nginx.url}/health/ready`)).json()).toMatchObject({ status: 'up', servers: 1 });
  });
});

describeWith([debian.redis], 'the health of a node', () => {
  it('is that it lives, and is not ready, while Redis is away', async () => {
    const redis: Redis = await startRedis();
    const node = await startSample('redis-cluster', { env: { REDIS_URL: `redis://127.0.0.1:${redis.port}` } });
    const status = async (path: string): Promise<number> => (await fetch(`${node.url}/health/${path}`)).status;
    try {
      expect([await status('live'), await status('ready')]).toEqual([200, 200]);
      await redis.stop();
      await eventually('it is not ready', async () => (await status('ready')) === 503);
      expect(await status('live')).toBe(200);
    } finally {
      await node.stop();
      await redis.stop();
    }
  });

  it('is none without a Redis', async () => {
    await expect(startSample('redis-cluster')).rejects.toThrow('Set one of REDIS_NODES and REDIS_URL');
  });
});

describeWith([debian.redis], 'the script without Docker', () => {
  it.each([
    ['a Redis Cluster', [], 3],
    ['one Redis', ['--single'], 1],
  ])('shows messages that cross nodes over %s, and ends everything', async (_name, args, count) => {
    const child = spawn(process.execPath, [`${folder}/run.mjs`, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
    for (const line of [
      'Ann is at node-1, Ben is at node-2',
      'Ben reads "Hello" from node-1\nBen reads "Is anybody there?" from node-1\nBen reads "Bye" from node-1',
      'Ready: up, 2 nodes',
    ]) {
      expect(output).toContain(line);
    }
    expect(output).toMatch(/Readers: \{("node-1":1,"node-2":1|"node-2":1,"node-1":1)\}/);
    const pids = [...output.matchAll(/^Started (\S+) as process (\d+)$/gm)].map(([, , pid]) => Number(pid));
    expect(pids).toHaveLength(count + 2);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});

/** What is used here of a compose file. */
interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: string | readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly stop_grace_period?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
}

describe('docker-compose.yml', () => {
  const { services } = parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, Service> };
  const named = (start: string): [string, Service][] =>
    Object.entries(services).filter(([name]) => /^\D+-\d$/.test(name) && name.startsWith(start));
  const nodes = named('node-');
  const redis = named('redis-').map(([name]) => `${name}:6379`);
  const sources = ['main.ts', 'redis.module.ts', 'board.gateway.ts'].map((file) => read(`src/${file}`)).join('\n');
  const port = /process\.env\['PORT'\] \?\? (\d+)/.exec(sources)![1]!;

  it('sets what the code reads', () => {
    const known = new Set([...sources.matchAll(/process\.env\['(\w+)'\]/g)].map(([, name]) => name));
    for (const [, name] of sources.matchAll(/\b(REDIS_\w+): \w+/g)) known.add(name);
    expect([...known].sort()).toEqual(['NODE_NAME', 'PORT', 'REDIS_NODES', 'REDIS_URL']);
    expect(nodes).toHaveLength(2);
    for (const [name, { environment }] of nodes) {
      expect(environment).toEqual({ NODE_NAME: name, PORT: port, REDIS_NODES: redis.join(',') });
    }
  });

  it('leads nginx to the nodes, and asks them for their health', () => {
    const configuration = read('nginx.conf');
    const upstreams = [...configuration.matchAll(/^\s+server (\S+):(\d+)/gm)].map(([, name, at]) => [name, at]);
    expect(upstreams).toEqual(nodes.map(([name]) => [name, port]));
    expect(services['nginx']!.ports).toEqual([expect.stringMatching(`:${/listen (\d+);/.exec(configuration)![1]}$`)]);
    expect(services['nginx']!.volumes).toEqual(['./nginx.conf:/etc/nginx/nginx.conf:ro']);
    const controller = read('src/health.controller.ts');
    expect(controller).toContain("@Controller('health')");
    expect(controller).toContain("@Get('ready')");
    for (const [, { healthcheck }] of nodes) {
      expect(healthcheck!.test.join(' ')).toContain(`http://localhost:${port}/health/ready`);
    }
  });

  it('gives nodes more time to end than clients have to leave', () => {
    const drainTimeout = Number(/drainTimeout: ([\d_]+)/.exec(read('src/app.module.ts'))![1]!.replaceAll('_', ''));
    for (const [, { stop_grace_period: period }] of nodes) {
      expect(Number(/^(\d+)s$/.exec(period!)![1]) * 1_000).toBeGreaterThan(drainTimeout);
    }
  });

  it('forms the cluster of all of its servers, and runs what is built', () => {
    const forming = (services['redis-cluster']!.command as readonly string[]).at(-1)!;
    expect(forming).toContain(`for name in ${redis.map((each) => each.split(':')[0]).join(' ')}; do`);
    for (const [, { command }] of named('redis-')) expect(command).toContain('--cluster-enabled yes');
    for (const [, { build }] of nodes) {
      expect(build).toEqual({ context: '../..', dockerfile: `${folder}/Dockerfile` });
    }
    const { projects } = JSON.parse(readFileSync('nest-cli.json', 'utf8')) as {
      projects: Record<string, { root: string }>;
    };
    expect(projects['redis-cluster']!.root).toBe(folder);
    expect(read('Dockerfile')).toContain('npx nest build redis-cluster');
    expect(read('Dockerfile')).toContain('"dist/sample/redis-cluster/main.js"');
    const { compilerOptions } = JSON.parse(read('tsconfig.json')) as { compilerOptions: { outDir: string } };
    expect(compilerOptions.outDir).toBe('../../dist/sample/redis-cluster');
  });
});
