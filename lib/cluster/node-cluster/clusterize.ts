import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { createLog, positive, RookeryError, type LogSink } from '../../shared/index.js';
import { ConnectionRouter } from './connection-router.js';
import { setupPrimary } from './primary.js';
import { WorkerListeners } from './worker-listeners.js';
import { WorkerPool } from './worker-pool.js';

/** Options of `clusterize()`. Times in milliseconds. */
export interface ClusterizeOptions {
  /** How many workers. @default as many as the machine runs at a time */
  workers?: number | undefined;
  /**
   * The one port whose connections go to the worker of their session. HTTP servers on other ports share them by
   * `node:cluster` itself, in turns.
   *
   * @default every port that an HTTP server of the application listens on
   */
  port?: number | undefined;
  /** How long after its end a worker is started again; doubled each time that the next one ends too. @default 100 */
  restartDelay?: number | undefined;
  /** The longest such delay. @default 10_000 */
  maxRestartDelay?: number | undefined;
  /** How many times in a row a worker is started again before it is given up. @default 10 */
  maxRestarts?: number | undefined;
  /** How long a worker has to live for its end not to be one in a row. @default 10_000 */
  stableAfter?: number | undefined;
  /** How long workers have to end when the primary is asked to; then they are killed. @default 10_000 */
  shutdownTimeout?: number | undefined;
  /** Where the primary tells of workers that end; `false` for nowhere. @default console */
  log?: LogSink | false | undefined;
}

/** What a Nest application offers. */
interface ApplicationLike {
  enableShutdownHooks?(): unknown;
}

const signals = ['SIGTERM', 'SIGINT'] as const;

/**
 * Runs an application on several processors: `bootstrap` in workers of `node:cluster`, which share its port.
 *
 * In the primary it starts the workers, and starts those again that die. The primary accepts the connections, and hands
 * each to the worker of its session: long-polling works. `SIGTERM` and `SIGINT` end the workers, which drain, then the
 * primary. Give the application's Socket.IO server `nodeClusterAdapter()` as its adapter.
 *
 * @param bootstrap starts the application, and returns it: its shutdown hooks are enabled.
 * @returns when the workers are started; in a worker when `bootstrap` has, with its rejection.
 * @throws RookeryError `INVALID_OPTION` for a value that cannot work.
 */
export async function clusterize(bootstrap: () => unknown, options: ClusterizeOptions = {}): Promise<void> {
  const pool = poolOptionsOf(options);
  if (cluster.isWorker) {
    new WorkerListeners(options.port).install();
    const application = (await bootstrap()) as ApplicationLike | null | undefined;
    application?.enableShutdownHooks?.();
    return;
  }
  setupPrimary();
  const router = new ConnectionRouter();
  const sink = options.log === false ? undefined : (options.log ?? console);
  const end = async (): Promise<void> => {
    // Clients that drain still poll: connections are led to their workers until those are gone.
    await workers.stop();
    router.close();
  };
  const workers = new WorkerPool(pool, createLog('clusterize', sink), () => {
    process.exitCode = 1;
    unlisten();
    void end();
  });
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isEnding) return;
    isEnding = true;
    void end().then(() => {
      unlisten();
      // As if nobody had listened: the one who sent it sees that it was heard.
      process.kill(process.pid, signal);
    });
  };
  let isEnding = false;
  const unlisten = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  for (const signal of signals) process.on(signal, onSignal);
  workers.start();
}

function poolOptionsOf(options: ClusterizeOptions): ConstructorParameters<typeof WorkerPool>[0] {
  const {
    workers = availableParallelism(),
    restartDelay = 100,
    maxRestartDelay = 10_000,
    maxRestarts = 10,
    stableAfter = 10_000,
    shutdownTimeout = 10_000,
  } = options;
  if (!Number.isInteger(maxRestarts) || maxRestarts < 0) {
    throw new RookeryError('INVALID_OPTION', `maxRestarts is a whole number from 0, not ${String(maxRestarts)}`);
  }
  if (!Number.isInteger(workers)) {
    throw new RookeryError('INVALID_OPTION', `workers is a whole number from 1, not ${String(workers)}`);
  }
  return {
    workers: positive('workers', workers),
    restartDelay: positive('restartDelay', restartDelay),
    maxRestartDelay: positive('maxRestartDelay', maxRestartDelay),
    maxRestarts,
    stableAfter: positive('stableAfter', stableAfter),
    shutdownTimeout: positive('shutdownTimeout', shutdownTimeout),
  };
}
