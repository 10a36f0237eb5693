import { freePort, startDaemon, temporaryFolder, type Daemon } from './cluster-process.js';
import { debian } from './programs.js';

/** A NATS server with JetStream that lives as long as its test. */
export interface Nats extends Daemon {
  readonly port: number;
}

/** Where a NATS server listens, and where it keeps what it is told to. */
export interface NatsPlace {
  readonly port?: number;
  /** Stays when the server ends; by default it has a folder of its own, which goes with it. */
  readonly store?: string;
  /** More lines of its configuration. */
  readonly args?: readonly string[];
}

/** Starts a NATS server on a free port. */
export async function startNats({ port, store, args = [] }: NatsPlace = {}): Promise<Nats> {
  const listening = port ?? (await freePort());
  const folder = temporaryFolder('nats');
  const daemon = await startDaemon({
    command: debian.nats.find()!,
    args: ['-a', '127.0.0.1', '-p', String(listening), '-js', '-sd', store ?? folder, ...args],
    folder,
    ready: 'Server is ready',
    signal: 'SIGTERM',
  });
  return { ...daemon, port: listening };
}
