import { spawn } from 'node:child_process';
import { end, freePort } from './cluster-process.js';

/** A sample that runs as a process of its own. */
export interface SampleProcess {
  readonly pid: number;
  readonly url: string;
  readonly output: () => string;
  /** Asks it to end, as an operator does; resolves with its exit code. */
  stop(): Promise<number | null>;
  /** Ends it at once. */
  kill(): Promise<void>;
}

/** How a sample is started. */
export interface SampleStart {
  /** Which of its files runs. @default 'main' */
  readonly entry?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Where it listens. Default: a free one. */
  readonly port?: number;
  /** What it writes once it is ready. @default its address */
  readonly ready?: string;
}

/** Starts a built sample, and waits until it listens. */
export async function startSample(
  name: string,
  { entry = 'main', env, port: givenPort, ready }: SampleStart = {},
): Promise<SampleProcess> {
  const port = givenPort ?? (await freePort());
  const url = `http://localhost:${port}`;
  const child = spawn(process.execPath, [`dist/sample/${name}/${entry}.js`], {
    env: { ...process.env, PORT: String(port), NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes(ready ?? url)) resolve();
    });
    child.once('exit', (code) => {
      reject(
        new Error(
          `The sample "${name}" ended with ${code}; is it built (npm run build && npm run build:samples)?\n${output}`,
        ),
      );
    });
  });
  const stop = async (): Promise<number | null> => {
    await end(child, 'SIGTERM');
    return child.exitCode;
  };
  return { pid: child.pid!, url, output: () => output, stop, kill: () => end(child, 'SIGKILL') };
}
