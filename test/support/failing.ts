import { thrown } from '../hostile/programs/thrown.js';

/** How the application's code fails: at once, as a promise, or as a promise that takes its time. */
export const ways = ['throws', 'rejects', 'rejects later'] as const;

/** What it fails with. */
export const values: readonly string[] = Object.keys(thrown);

/** What shall fail next, in a program of its own. */
export class Failure {
  #where = '';
  #way: string = ways[0];
  #value: unknown;
  #isReady = false;
  readonly #reported: string[] = [];

  /** Has one callback fail, once. */
  prepare(where: string, way: string, value: string): void {
    this.#where = where;
    this.#way = way;
    this.#value = thrown[value]!();
    this.#isReady = true;
    this.#reported.length = 0;
  }

  /** Fails where it was prepared, and gives nothing elsewhere; to be called by each callback with its name. */
  at(where: string): never {
    if (!this.#isReady || where !== this.#where) return undefined as never;
    this.#isReady = false;
    const value = this.#value;
    if (this.#way === 'throws') throw value;
    if (this.#way === 'rejects') return Promise.reject(value as Error) as never;
    return new Promise((_resolve, reject) => setImmediate(() => reject(value as Error))) as never;
  }

  /** Takes what was reported; of another value than what failed it tells so. */
  report(error: unknown, event: string): void {
    this.#reported.push(Object.is(error, this.#value) ? event : `${event}, of something else`);
  }

  /** What was reported since it was prepared. */
  reported(): readonly string[] {
    return [...this.#reported];
  }

  /** Whether the callback was called. */
  hasFailed(): boolean {
    return !this.#isReady;
  }
}
