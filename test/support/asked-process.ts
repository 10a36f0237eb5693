import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { end } from './cluster-process.js';

/** Answers what a spec asks of a program; the first message tells the port. */
export function answerQuestions(
  port: number,
  questions: Readonly<Record<string, (...args: never[]) => unknown>>,
): void {
  process.on('message', ({ id, name, args }: { id: number; name: string; args: never[] }) => {
    void Promise.resolve(questions[name]!(...args)).then((answer) => process.send!({ id, answer }));
  });
  process.on('disconnect', () => process.exit());
  process.send!({ port });
}

/** A program of its own that can be asked. */
export class AskedProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #asked = new Map<number, (answer: unknown) => void>();
  #nextQuestion = 0;
  #onPort: (port: number) => void = () => {};
  /** What it has written to its error stream. */
  errorOutput = '';
  port = 0;
  /** Resolves with the exit code once it has ended and its output has been read. */
  readonly exited: Promise<number | null>;

  private constructor(program: string, args: readonly string[]) {
    this.#child = fork(program, args, {
      execArgv: ['--import', './test/support/run-typescript.mjs'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr!.on('data', (chunk: Buffer) => (this.errorOutput += chunk.toString()));
    this.#child.on('message', (message: { port?: number; id: number; answer: unknown }) => {
      if (message.port !== undefined) this.#onPort(message.port);
      else this.#asked.get(message.id)?.(message.answer);
    });
    this.exited = once(this.#child, 'close').then(([code]) => code as number | null);
  }

  /** Starts a program, and waits until it listens. */
  static async start(program: string, ...args: readonly string[]): Promise<AskedProcess> {
    const started = new AskedProcess(program, args);
    started.port = await started.#orDead(new Promise<number>((resolve) => (started.#onPort = resolve)));
    return started;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Asks it; rejects when it has ended. */
  ask<Answer>(name: string, ...args: readonly unknown[]): Promise<Answer> {
    const id = this.#nextQuestion++;
    const answer = new Promise<Answer>((resolve) => this.#asked.set(id, resolve as (answer: unknown) => void));
    this.#child.send({ id, name, args });
    return this.#orDead(answer);
  }

  async #orDead<Answer>(answer: Promise<Answer>): Promise<Answer> {
    const dead = this.exited.then((code): never => {
      throw new Error(`The program has ended with ${code}: ${this.errorOutput}`);
    });
    dead.catch(() => {});
    return Promise.race([answer, dead]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#child, 'SIGKILL');
  }
}
