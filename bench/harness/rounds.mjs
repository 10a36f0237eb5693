import { startChild } from './child.mjs';
import { doubtsAbout } from './doubts.mjs';

const generator = new URL('../client/generator.mjs', import.meta.url);
/** How long one measurement may take beyond what it measures, in milliseconds. */
const patience = 120_000;

/**
 * How a workload is measured.
 *
 * @typedef {object} Plan
 * @property {number} rounds
 * @property {number} warmup milliseconds
 * @property {number} duration milliseconds
 * @property {number} retries how often a measurement is made again when there are doubts about it.
 * @property {boolean} [isProfiled]
 *
 * @typedef {object} Result of one server in one workload.
 * @property {string} workload
 * @property {string} server
 * @property {Record<string, number>[]} rounds the figures of each.
 * @property {string[]} doubts about rounds that stayed doubtful.
 * @property {import('./profile.mjs').ProfiledFunction[]} [profile] of the last round.
 */

/**
 * Measures every server in turn, round by round, in fresh processes; each round starts with another one.
 *
 * @param {import('../workloads/index.mjs').Workload} workload
 * @param {Plan} plan
 * @param {{ measure?: typeof measureOnce, mayStart?: (round: number) => boolean, servers?: readonly string[] }} options
 *   `mayStart` is asked before every round.
 * @returns {Promise<Result[]>}
 */
export async function measureRounds(workload, plan, options = {}) {
  const { measure = measureOnce, mayStart = () => true, servers = workload.servers } = options;
  const results = servers.map((server) => ({ workload: workload.name, server, rounds: [], doubts: [] }));
  for (let round = 0; round < plan.rounds && mayStart(round); round++) {
    for (let index = 0; index < results.length; index++) {
      const result = results[(index + round) % results.length];
      const { measurement, doubts } = await measureUntilSure(measure, workload, result.server, plan);
      result.rounds.push(measurement.figures);
      result.doubts.push(...doubts.map((doubt) => `round ${round + 1}: ${doubt}`));
      if (measurement.profile !== undefined) result.profile = measurement.profile;
    }
  }
  return results;
}

// Of measurements that all are doubtful the one with the fewest doubts counts, whatever its figures are.
async function measureUntilSure(measure, workload, server, plan) {
  let best;
  for (let attempt = 0; attempt <= plan.retries; attempt++) {
    const measurement = await measure(workload.name, server, plan);
    const doubts = measurement.server === undefined ? [] : doubtsAbout(measurement, workload.busy);
    if (best === undefined || doubts.length < best.doubts.length) best = { measurement, doubts };
    if (doubts.length === 0) break;
  }
  return best;
}

/**
 * One measurement, in two fresh processes.
 *
 * @returns {Promise<import('../workloads/index.mjs').Measurement>}
 */
async function measureOnce(workload, implementation, { warmup, duration, isProfiled = false }) {
  const parameters = { workload, implementation, warmup, duration, isProfiled };
  const child = await startChild(generator, { parameters, core: 1 });
  const late = new Error(`${workload} with ${implementation} did not end`);
  let timer;
  const deadline = new Promise((_, reject) => {
    timer = setTimeout(reject, patience + warmup + duration, late);
  });
  try {
    return await Promise.race([child.call('measure'), deadline]);
  } catch (error) {
    throw new Error(`${workload}, ${implementation}: ${error.message}`, { cause: error });
  } finally {
    clearTimeout(timer);
    await child.stop();
  }
}
