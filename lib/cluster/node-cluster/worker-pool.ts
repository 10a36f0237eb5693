import cluster, { type Worker } from 'node:cluster';
import type { Log } from '../../shared/index.js';

/** How workers are kept. Times in milliseconds. */
export interface PoolOptions {
  readonly workers: number;
  readonly restartDelay: number;
  readonly maxRestartDelay: number;
  readonly maxRestarts: number;
  readonly stableAfter: number;
  readonly shutdownTimeout: number;
}

interface Place {
  worker: Worker | null;
  startedAt: number;
  /** How many in a row died before they were stable. */
  failures: number;
  timer: ReturnType<typeof setTimeout> | null;
  isGivenUp: boolean;
}

/** The workers: as many as were asked for, started again when they die, within bounds. */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #log: Log;
  readonly #onGivenUp: () => void;
  readonly #places: Place[];
  #stopping: Promise<void> | null = null;
  #onAllGone: (() => void) | null = null;

  /** @param onGivenUp called when no worker is left, and none is started any more. */
  constructor(options: PoolOptions, log: Log, onGivenUp: () => void) {
    this.#options = options;
    this.#log = log;
    this.#onGivenUp = onGivenUp;
    this.#places = Array.from({ length: options.workers }, () => ({
      worker: null,
      startedAt: 0,
      failures: 0,
      timer: null,
      isGivenUp: false,
    }));
  }

  start(): void {
    for (const place of this.#places) this.#fork(place);
  }

  /** Asks the workers to end, and ends those that have not in time; resolves when all are gone. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    for (const place of this.#places) if (place.timer !== null) clearTimeout(place.timer);
    const gone = new Promise<void>((resolve) => (this.#onAllGone = resolve));
    this.#signal('SIGTERM');
    const timer = setTimeout(() => {
      this.#log.warn(`Workers did not end in ${this.#options.shutdownTimeout} ms: they are killed`);
      this.#signal('SIGKILL');
    }, this.#options.shutdownTimeout);
    this.#checkAllGone();
    await gone;
    clearTimeout(timer);
  }

  #signal(signal: NodeJS.Signals): void {
    for (const { worker } of this.#places) worker?.process.kill(signal);
  }

  #fork(place: Place): void {
    place.timer = null;
    const worker = cluster.fork();
    place.worker = worker;
    place.startedAt = Date.now();
    worker.on('error', (error) => this.#log.error(`Worker ${worker.id}: ${error.message}`, error));
    worker.once('exit', (code: number | null, signal: string | null) => this.#onExit(place, worker, signal ?? code));
  }

  #onExit(place: Place, { id }: Worker, how: string | number | null): void {
    place.worker = null;
    if (this.#stopping !== null) {
      this.#checkAllGone();
      return;
    }
    const { stableAfter, maxRestarts, restartDelay, maxRestartDelay } = this.#options;
    if (Date.now() - place.startedAt >= stableAfter) place.failures = 0;
    place.failures++;
    if (place.failures > maxRestarts) {
      this.#log.error(`Worker ${id} ended with ${how}, as ${maxRestarts} before it: it is not started again`);
      place.isGivenUp = true;
      if (this.#places.every((each) => each.isGivenUp)) this.#onGivenUp();
      return;
    }
    const delay = Math.min(restartDelay * 2 ** (place.failures - 1), maxRestartDelay);
    this.#log.warn(`Worker ${id} ended with ${how}; the next one starts in ${delay} ms`);
    place.timer = setTimeout(() => this.#fork(place), delay);
  }

  #checkAllGone(): void {
    if (this.#places.every(({ worker }) => worker === null)) this.#onAllGone?.();
  }
}
