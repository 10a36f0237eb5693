import { execFileSync } from 'node:child_process';

/** Cores of this machine that processes can be bound to; none where `taskset` is missing. */
export const cores = readCores();

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

/** @param {string} text `pid 1's current affinity list: 0-2,5`. */
export function parseCores(text) {
  return text
    .slice(text.lastIndexOf(':') + 1)
    .trim()
    .split(',')
    .flatMap((part) => {
      const [first, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}
