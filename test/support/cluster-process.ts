import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server of others that runs as a process of its own, with a folder of its own. */
export interface Daemon {
  readonly pid: number;
  /** Ends it; resolves when it is gone and its folder too. Safe to call twice. */
  stop(): Promise<void>;
}

/** What is started, and how it is seen to be ready. */
export interface DaemonCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** A part of what it writes once it takes connections. */
  readonly ready: string;
  readonly signal: NodeJS.Signals;
  /** Whether its folder stays when it ends. @default false */
  readonly isFolderKept?: boolean;
}

/** An empty folder for a process. @param owner whose it is; of this process by default. */
export function temporaryFolder(name: string, owner?: { readonly uid: number; readonly gid: number }): string {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  return folder;
}

/** Starts a server, and waits until it says that it is ready. */
export async function startDaemon(start: DaemonCommand): Promise<Daemon> {
  const child = spawn(start.command, start.args, { cwd: start.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const isReady = new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes(start.ready)) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${start.command} ended with ${code}:\n${output}`)));
  });
  const stop = async (): Promise<void> => {
    await end(child, start.signal);
    if (start.isFolderKept !== true) rmSync(start.folder, { recursive: true, force: true });
  };
  try {
    await isReady;
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid!, stop };
}

/** Ends a child; resolves when it is gone. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

/** A port of 127.0.0.1 that nobody uses now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
