import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { end } from '../support/cluster-process.js';
import { patience } from './raw-connection.js';
import type { LedgerQuestions, Left } from './programs/ledger.js';

/** How much the heap of a server may hold, in MB. */
const heapLimit = 512;

/** A server under attack, as a process of its own. */
export class Target {
  port = 0;
  /** How the process has ended, when it has. */
  death: string | undefined;
  /** Who has used a port last: the system gives them out again. */
  readonly owners = new Map<number, object>();
  readonly #child: ChildProcess;
  readonly #asked = new Map<number, (answer: unknown) => void>();
  #nextQuestion = 0;
  #output = '';
  #isStopping = false;

  private constructor(program: string) {
    this.#child = fork(`test/hostile/programs/${program}.ts`, {
      execArgv: [`--max-old-space-size=${heapLimit}`, '--import', './test/support/run-typescript.mjs'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-4_000);
    };
    this.#child.stdout!.on('data', keep);
    this.#child.stderr!.on('data', keep);
  }

  /** Starts a program of `programs/`, and waits until it listens. */
  static async start(program: string): Promise<Target> {
    const target = new Target(program);
    await new Promise<void>((resolve, reject) => {
      target.#child.once('exit', (code, signal) => {
        if (!target.#isStopping) target.death = `ended with ${code ?? signal}: ${target.#output}`;
        for (const answer of target.#asked.values()) answer(undefined);
        reject(new Error(target.death));
      });
      target.#child.on('message', (message: { port?: number; id: number; answer: unknown }) => {
        if (message.port !== undefined) {
          target.port = message.port;
          resolve();
          return;
        }
        target.#asked.get(message.id)?.(message.answer);
        target.#asked.delete(message.id);
      });
    });
    return target;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Asks the ledger in the server. */
  async ask<Name extends keyof LedgerQuestions>(
    name: Name,
    ...args: Parameters<LedgerQuestions[Name]>
  ): Promise<Awaited<ReturnType<LedgerQuestions[Name]>>> {
    if (this.death !== undefined) throw new Error(this.death);
    const id = this.#nextQuestion++;
    const answer = await new Promise((resolve) => {
      this.#asked.set(id, resolve);
      this.#child.send({ id, name, args });
    });
    if (this.death !== undefined) throw new Error(this.death);
    return answer as never;
  }

  /** What the server still has of connections from these ports, once that is nothing or does not become less in time. */
  async leftOf(ports: readonly number[]): Promise<Left> {
    const deadline = performance.now() + patience;
    for (;;) {
      const left = await this.ask('left', ports);
      if (left.connections + left.sessions + left.sockets === 0 || performance.now() > deadline) return left;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Whether the process has ended. @param isSuspected whether it may be about to. */
  async isDead(isSuspected: boolean): Promise<boolean> {
    if (isSuspected && this.death === undefined)
      await once(this.#child, 'exit', { signal: AbortSignal.timeout(patience) }).catch(() => {});
    return this.death !== undefined;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await end(this.#child, 'SIGKILL');
  }
}
