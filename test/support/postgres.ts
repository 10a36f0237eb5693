import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, startDaemon, temporaryFolder, type Daemon } from './cluster-process.js';
import { debian } from './programs.js';

/** A PostgreSQL that lives as long as its test; its user is `postgres`, its database too. */
export interface Postgres extends Daemon {
  readonly port: number;
  /** Ends it, with all of its connections, and starts it again on its data. */
  restart(): Promise<void>;
}

/** Starts the newest PostgreSQL of this machine on a free port, with an empty database. */
export async function startPostgres(): Promise<Postgres> {
  const programs = debian.postgres.find()!;
  const port = await freePort();
  // It refuses to run as root.
  const owner = process.getuid?.() === 0 ? postgresUser() : undefined;
  const folder = temporaryFolder('postgres', owner);
  const asOwner = (program: string, args: string[]): [command: string, args: string[]] =>
    owner === undefined
      ? [program, args]
      : ['setpriv', [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups', program, ...args]];

  const [init, initArgs] = asOwner(join(programs, 'initdb'), [
    ...['-D', folder, '-A', 'trust', '-U', 'postgres', '--no-sync', '--no-instructions'],
  ]);
  const initialized = spawnSync(init, initArgs, { cwd: folder, encoding: 'utf8' });
  if (initialized.status !== 0) throw new Error(`initdb ended with ${initialized.status}:\n${initialized.stderr}`);

  const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'fsync=off'];
  const [command, args] = asOwner(join(programs, 'postgres'), [
    ...['-D', folder, '-p', String(port)],
    ...settings.flatMap((setting) => ['-c', setting]),
  ]);
  const start = (): Promise<Daemon> =>
    startDaemon({
      command,
      args,
      folder,
      ready: 'ready to accept connections',
      // Does not wait for clients to leave.
      signal: 'SIGINT',
      isFolderKept: true,
    });
  let daemon = await start();
  return {
    get pid() {
      return daemon.pid;
    },
    port,
    restart: async () => {
      await daemon.stop();
      daemon = await start();
    },
    stop: async () => {
      await daemon.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function postgresUser(): { uid: number; gid: number } {
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
