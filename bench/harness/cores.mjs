import { execFileSync } from 'node:child_process';

/** Under this name a child is told the cores: it may itself be bound to one, and start another process on the next. */
const variable = 'BENCH_CORES';

/** Cores of this machine that processes can be bound to; none where `taskset` is missing. */
export const cores = process.env[variable] === undefined ? readCores() : parseCores(process.env[variable]);

/** What a child needs in its environment to know the same cores. */
export const coresForChildren = { [variable]: cores.join(',') };

/**
 * A command line that runs on one core.
 *
 * @param {number | undefined} core its place among `cores`; `undefined` for any.
 * @param {readonly string[]} command
 * @returns {readonly string[]} the same command where there are fewer than two cores to choose from.
 */
export function pinned(core, command) {
  if (core === undefined || cores.length < 2) return command;
  return ['taskset', '-c', String(cores[core]), ...command];
}

function readCores() {
  try {
    return parseCores(execFileSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' }));
  } catch {
    return [];
  }
}

/** @param {string} text `0-2,5`, behind a colon where there is more: `pid 1's current affinity list: 0-2,5`. */
export function parseCores(text) {
  return text
    .slice(text.lastIndexOf(':') + 1)
    .trim()
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [first, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}
