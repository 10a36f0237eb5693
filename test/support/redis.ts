import { spawnSync } from 'node:child_process';
import { Redis as Client } from 'ioredis';
import { freePort, startDaemon, temporaryFolder, type Daemon } from './cluster-process.js';
import { debian } from './programs.js';

/** A Redis that lives as long as its test. */
export interface Redis extends Daemon {
  readonly port: number;
}

/** Starts a Redis (7 or later) on a free port; it keeps nothing on disk. */
export async function startRedis(more: readonly string[] = []): Promise<Redis> {
  const port = await clusterPort();
  const folder = temporaryFolder('redis');
  const network = ['--bind', '127.0.0.1', '--port', String(port)];
  const daemon = await startDaemon({
    command: debian.redis.find()!,
    args: [...network, '--save', '', '--appendonly', 'no', '--dir', folder, ...more],
    folder,
    ready: 'Ready to accept connections',
    signal: 'SIGTERM',
  });
  return { ...daemon, port };
}

/** A Redis Cluster of three masters that lives as long as its test. */
export interface RedisCluster {
  readonly ports: readonly number[];
  /** Moves a key, and the slot that it is in, from the master that has it to the next one. */
  move(key: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a Redis Cluster of three masters on free ports. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const daemons: Redis[] = [];
  const stop = async (): Promise<void> => void (await Promise.all(daemons.map((daemon) => daemon.stop())));
  for (let n = 0; n < 3; n++)
    daemons.push(await startRedis(['--cluster-enabled', 'yes', '--cluster-node-timeout', '10000']));
  const ports = daemons.map(({ port }) => port);
  const nodes = ports.map((port) => `127.0.0.1:${port}`);
  const { status, stdout } = spawnSync('redis-cli', ['--cluster', 'create', ...nodes, '--cluster-yes'], {
    encoding: 'utf8',
  });
  if (status === 0) {
    await Promise.all(ports.map(takesCommands));
    return { ports, move: (key) => moveSlot(ports, key), stop };
  }
  await stop();
  throw new Error(`redis-cli ended with ${status}:\n${stdout}`);
}

/** Resolves once a node knows that all slots are served: it refuses every command before. */
async function takesCommands(port: number): Promise<void> {
  const node = new Client(port, '127.0.0.1');
  try {
    while (!String(await node.call('CLUSTER', 'INFO')).includes('cluster_state:ok')) {
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
  } finally {
    node.disconnect();
  }
}

async function moveSlot(ports: readonly number[], key: string): Promise<void> {
  const masters = ports.map((port) => new Client(port, '127.0.0.1'));
  try {
    const owns = await Promise.all(masters.map((each) => each.exists(key).then(Boolean, () => false)));
    const from = owns.indexOf(true);
    const to = (from + 1) % masters.length;
    const [source, target] = [masters[from]!, masters[to]!];
    const slot = String(await source.call('CLUSTER', 'KEYSLOT', key));
    const [sourceId, targetId] = await Promise.all([source, target].map((each) => each.call('CLUSTER', 'MYID')));
    await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(sourceId));
    await source.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', String(targetId));
    await source.call('MIGRATE', '127.0.0.1', String(ports[to]), key, '0', '5000');
    for (const each of [target, source]) await each.call('CLUSTER', 'SETSLOT', slot, 'NODE', String(targetId));
  } finally {
    for (const each of masters) each.disconnect();
  }
}

/** A free port whose bus port, 10000 above, is one too. */
async function clusterPort(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (port + 10_000 < 65_536) return port;
  }
}
