import { median } from '../harness/statistics.mjs';

/** Events that are in flight together: waiting for each one alone would cost more than the fastest path. */
const batch = 100;

/**
 * Measures every path in alternating rounds, after as long a warm-up as all of its rounds together, 3 at least.
 *
 * @param {import('./paths.mjs').Path[]} paths
 * @param {{ rounds: number, duration: number }} options `duration` of a round of one path, in milliseconds.
 * @returns {Promise<number[]>} the median of each path, in nanoseconds of CPU per event.
 */
export async function measure(paths, { rounds, duration }) {
  const samples = paths.map(() => []);
  // A path that the compiler has not finished with costs twice as much.
  for (const path of paths) await run(path, duration * Math.max(rounds, 3));
  for (let round = 0; round < rounds; round++) {
    for (let index = 0; index < paths.length; index++) {
      // No path is always behind the same other one.
      const at = (index + round) % paths.length;
      samples[at].push(await run(paths[at], duration));
    }
  }
  return samples.map(median);
}

async function run(path, duration) {
  globalThis.gc?.();
  const end = performance.now() + duration;
  const before = process.cpuUsage();
  let done = 0;
  while (performance.now() < end || done === 0) done += await runBatch(path);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / done;
}

function runBatch({ emit }) {
  return new Promise((resolve) => {
    let missing = batch;
    const ack = () => {
      if (--missing === 0) resolve(batch);
    };
    for (let index = 0; index < batch; index++) emit(ack);
  });
}
