import { freePort, startDaemon, temporaryFolder, type Daemon } from './cluster-process.js';
import { debian } from './debian.js';

/** A Redis that lives as long as its test. */
export interface Redis extends Daemon {
  readonly port: number;
}

/** Starts a Redis (7 or later) on a free port; it keeps nothing on disk. */
export async function startRedis(): Promise<Redis> {
  const port = await freePort();
  const folder = temporaryFolder('redis');
  const network = ['--bind', '127.0.0.1', '--port', String(port)];
  const daemon = await startDaemon({
    command: debian.redis.find()!,
    args: [...network, '--save', '', '--appendonly', 'no', '--dir', folder],
    folder,
    ready: 'Ready to accept connections',
    signal: 'SIGTERM',
  });
  return { ...daemon, port };
}
