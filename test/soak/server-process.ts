import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ServerOptions } from '../../lib/server/index.js';

/** What a server tells of itself. */
export interface Measurement {
  /** Bytes in use after the garbage was collected. */
  readonly heap: number;
  /** How much is in its tables, by their names: none of it belongs there when all clients have left. */
  readonly tables: Readonly<Record<string, number>>;
  /** What happened since its start. */
  readonly counts: Readonly<Record<'connects' | 'disconnects' | 'opened' | 'closed' | 'errors', number>>;
}

/** A server of its own process, which can collect its garbage. */
export class ServerProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly url: string;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** @param leaks whether it keeps every socket on purpose. */
  static async start(options: ServerOptions = {}, leaks = false): Promise<ServerProcess> {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const args = [JSON.stringify(options), ...(leaks ? ['--leak'] : [])];
    const child = fork('test/soak/server.ts', args, {
      cwd: root,
      execArgv: ['--expose-gc', '--import', './test/support/run-typescript.mjs'],
    });
    const [port] = (await once(child, 'message')) as [number];
    return new ServerProcess(child, port);
  }

  /** Collects its garbage, and tells how much is left. */
  measure(): Promise<Measurement> {
    return this.#ask<Measurement>('measure');
  }

  /** @returns whether everything has ended before a time has passed, in milliseconds. */
  async isEmptyWithin(timeout: number): Promise<boolean> {
    const end = performance.now() + timeout;
    for (;;) {
      const tables = await this.#ask<Measurement['tables']>('tables');
      if (Object.values(tables).every((size) => size === 0)) return true;
      if (performance.now() > end) return false;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #ask<Answer>(question: string): Promise<Answer> {
    const answer = once(this.#child, 'message');
    this.#child.send(question);
    const [told] = (await answer) as [Answer];
    return told;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.disconnect();
    await exit;
  }
}
