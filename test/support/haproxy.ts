import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDaemon, temporaryFolder, type Daemon } from './cluster-process.js';
import { debian } from './debian.js';

/** Starts an HAProxy that lives as long as its test. @param configuration as it is, with ports that nobody uses. */
export async function startHaproxy(configuration: string): Promise<Daemon> {
  const folder = temporaryFolder('haproxy');
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, configuration);
  return startDaemon({
    command: debian.haproxy.find()!,
    // With a master, which says when its worker listens.
    args: ['-W', '-db', '-f', file],
    folder,
    ready: 'Loading success',
    signal: 'SIGTERM',
  });
}
