import { readFileSync } from 'node:fs';

/**
 * What a process used between two moments, in microseconds.
 *
 * @typedef {object} Usage
 * @property {number} cpu of all its threads, in user and system mode.
 * @property {number} wall
 * @property {number} waited how long its main thread could have run, but others had its core; 0 where this is not told.
 */

/** Starts to count. @returns {() => Usage} */
export function countUsage() {
  const cpuBefore = process.cpuUsage();
  const wallBefore = process.hrtime.bigint();
  const waitedBefore = readWaited();
  return () => {
    const { user, system } = process.cpuUsage(cpuBefore);
    const wall = Number(process.hrtime.bigint() - wallBefore) / 1_000;
    return { cpu: user + system, wall, waited: readWaited() - waitedBefore };
  };
}

// The second number is the time on the run queue, in nanoseconds.
function readWaited() {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1_000;
  } catch {
    return 0;
  }
}
