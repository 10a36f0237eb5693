import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { coresForChildren, pinned } from './cores.mjs';

/**
 * A process of the benchmark that is told what to do.
 *
 * @typedef {object} Child
 * @property {(operation: string, operand?: unknown) => Promise<any>} call what the child answers; rejects when it ends.
 * @property {() => Promise<void>} stop ends it.
 */

/**
 * Starts a script that calls `answerCalls()`.
 *
 * @param {URL} file
 * @param {{ parameters?: unknown, core?: number, nodeArgs?: readonly string[] }} options `parameters` are what
 *   `parametersOfChild()` gives there.
 * @returns {Promise<Child>}
 */
export async function startChild(file, { parameters = {}, core, nodeArgs = [] } = {}) {
  const node = [process.execPath, '--no-warnings', ...nodeArgs, fileURLToPath(file)];
  const [command, ...args] = pinned(core, node);
  const child = spawn(command, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...coresForChildren, NODE_ENV: 'production', BENCH_PARAMETERS: JSON.stringify(parameters) },
  });
  const calls = new Map();
  let last = 0;
  let hasEnded = false;
  const ready = deferred();
  const ended = deferred();
  const end = (error) => {
    hasEnded = true;
    ready.reject(error);
    for (const { reject } of calls.values()) reject(error);
    calls.clear();
    ended.resolve();
  };
  child.once('error', end);
  child.once('exit', (code, signal) => end(new Error(`${file.pathname} ended: ${signal ?? code}`)));
  child.on('message', ({ isReady, call, value, error }) => {
    if (isReady) return ready.resolve();
    const open = calls.get(call);
    calls.delete(call);
    if (error === undefined) open.resolve(value);
    else open.reject(new Error(error));
  });
  await ready.promise;
  return {
    call(operation, operand) {
      const answer = deferred();
      if (hasEnded) answer.reject(new Error(`${file.pathname} has ended`));
      else {
        calls.set(++last, answer);
        child.send({ call: last, operation, operand });
      }
      return answer.promise;
    },
    async stop() {
      if (!hasEnded && child.connected) child.disconnect();
      const forced = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended.promise;
      clearTimeout(forced);
    },
  };
}

/** In a child: what it was started with. */
export function parametersOfChild() {
  return JSON.parse(process.env.BENCH_PARAMETERS);
}

/**
 * In a child: answers what it is called with, until the parent is gone.
 *
 * @param {Record<string, (operand: any) => unknown>} operations
 */
export function answerCalls(operations) {
  process.on('message', async ({ call, operation, operand }) => {
    try {
      process.send({ call, value: await operations[operation](operand) });
    } catch (error) {
      process.send({ call, error: error instanceof Error ? error.stack : String(error) });
    }
  });
  process.on('disconnect', () => process.exit());
  process.send({ isReady: true });
}

function deferred() {
  let resolve;
  let reject;
  const promise = new Promise((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  // Nobody may be waiting when a child ends.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
