import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** A sample that runs as a process of its own. */
export interface SampleProcess {
  readonly url: string;
  readonly output: () => string;
  /** Asks it to end, as an operator does; resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** Starts a built sample on a free port, and waits until it listens. */
export async function startSample(name: string): Promise<SampleProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, [`dist/sample/${name}/main.js`], {
    env: { ...process.env, PORT: String(port), NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes(`http://localhost:${port}`)) resolve();
    });
    child.once('exit', (code) => {
      reject(
        new Error(
          `The sample "${name}" ended with ${code}; is it built (npm run build && npm run build:samples)?\n${output}`,
        ),
      );
    });
  });
  return { url: `http://localhost:${port}`, output: () => output, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const exited = once(child, 'exit') as Promise<[number | null]>;
  child.kill('SIGTERM');
  const [code] = await exited;
  return code;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
