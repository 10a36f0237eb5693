import { spawnSync } from 'node:child_process';
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

/** Starts a Redis Cluster of three masters on free ports. */
export async function startRedisCluster(): Promise<{ readonly ports: number[]; stop(): Promise<void> }> {
  const daemons: Redis[] = [];
  const stop = async (): Promise<void> => void (await Promise.all(daemons.map((daemon) => daemon.stop())));
  for (let n = 0; n < 3; n++)
    daemons.push(await startRedis(['--cluster-enabled', 'yes', '--cluster-node-timeout', '3000']));
  const ports = daemons.map(({ port }) => port);
  const nodes = ports.map((port) => `127.0.0.1:${port}`);
  const { status, stdout } = spawnSync('redis-cli', ['--cluster', 'create', ...nodes, '--cluster-yes'], {
    encoding: 'utf8',
  });
  if (status === 0) return { ports, stop };
  await stop();
  throw new Error(`redis-cli ended with ${status}:\n${stdout}`);
}

/** A free port whose bus port, 10000 above, is one too. */
async function clusterPort(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (port + 10_000 < 65_536) return port;
  }
}
