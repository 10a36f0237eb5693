import { Session } from 'node:inspector';

interface CoverageRange {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface CoverageAnswer {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly CoverageRange[] }[];
  }[];
}

/** What one run has done. */
export interface RunCoverage {
  /** Which blocks ran, and how often by powers of two. */
  readonly blocks: readonly string[];
  /** How often blocks ran, altogether: the work of our own code. */
  readonly steps: number;
}

/** The coverage of blocks that V8 counts, of the sources of the package. */
export class Coverage implements Disposable {
  readonly #session = new Session();

  constructor() {
    this.#session.connect();
    this.#post('Profiler.enable');
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** What ran since it was asked last. */
  take(): RunCoverage {
    const { result } = this.#post('Profiler.takePreciseCoverage') as CoverageAnswer;
    const blocks: string[] = [];
    let steps = 0;
    for (const { url, functions } of result) {
      const at = url.indexOf('/lib/');
      if (at === -1 || url.includes('/node_modules/')) continue;
      const file = url.slice(at);
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count === 0) continue;
          steps += count;
          blocks.push(`${file}:${startOffset}-${endOffset}:${Math.floor(Math.log2(count))}`);
        }
      }
    }
    return { blocks, steps };
  }

  [Symbol.dispose](): void {
    this.#session.disconnect();
  }

  #post(method: string, params?: object): unknown {
    let answer: unknown;
    // A session of the own thread answers before it returns.
    this.#session.post(method, params, (error, result) => {
      if (error !== null) throw error;
      answer = result;
    });
    return answer;
  }
}
