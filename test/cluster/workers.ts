import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { end } from '../support/cluster-process.js';

/** What a process of the cluster tells. */
export interface Told {
  readonly listening?: number;
  readonly isListening?: boolean;
  readonly pid?: number;
  readonly failed?: string;
  readonly primary?: number;
  readonly draining?: number;
  readonly drained?: number;
  readonly log?: string;
}

const deadline = 20_000;

/** A primary and its workers, as a program of its own. */
export class Workers {
  readonly told: Told[] = [];
  readonly #primary: ChildProcess;
  readonly #exited: Promise<[code: number | null, signal: string | null]>;
  #output = '';
  #onTold: (() => void)[] = [];

  private constructor(program: string, parameters: object) {
    if (!existsSync('dist/esm/cluster/node-cluster/index.js')) {
      throw new Error('The package is not built; npm run build');
    }
    this.#primary = fork(program, {
      env: { ...process.env, PARAMETERS: JSON.stringify(parameters) },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#exited = once(this.#primary, 'exit') as Promise<[number | null, string | null]>;
    let rest = '';
    this.#primary.stdout!.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop()!;
      for (const line of lines) this.told.push(JSON.parse(line) as Told);
      for (const look of [...this.#onTold]) look();
    });
    this.#primary.stderr!.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString();
    });
  }

  /** Resolves once all workers listen. */
  static async start(parameters: { workers?: number } & Record<string, unknown> = {}): Promise<Workers> {
    const workers = new Workers('test/cluster/fixtures/workers.mjs', parameters);
    await workers.untilTold('every worker listens', (told) => listening(told).length === (parameters.workers ?? 4));
    return workers;
  }

  /** Started, and not waited for. */
  static begin(parameters: Record<string, unknown>): Workers {
    return new Workers('test/cluster/fixtures/workers.mjs', parameters);
  }

  get url(): string {
    return `http://127.0.0.1:${listening(this.told)[0]!.listening}`;
  }

  get pids(): number[] {
    return listening(this.told).map(({ pid }) => pid!);
  }

  get primaryPid(): number {
    return this.#primary.pid!;
  }

  async untilTold(what: string, holds: (told: readonly Told[]) => boolean): Promise<void> {
    if (holds(this.told)) return;
    await new Promise<void>((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#onTold = this.#onTold.filter((each) => each !== look);
      };
      const look = (): void => {
        if (!holds(this.told)) return;
        finish();
        resolve();
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`It never came to this: ${what}\n${JSON.stringify(this.told)}\n${this.#output}`));
      }, deadline);
      this.#onTold.push(look);
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#primary.kill(signal);
  }

  /** How the primary has ended. */
  exited(): Promise<[code: number | null, signal: string | null]> {
    return this.#exited;
  }

  async stop(): Promise<void> {
    await end(this.#primary, 'SIGTERM');
  }
}

export function listening(told: readonly Told[]): Told[] {
  return told.filter((each) => each.listening !== undefined);
}
