import { ratios } from './statistics.mjs';

/**
 * What became of a goal.
 *
 * @typedef {object} Verdict
 * @property {import('../goals.mjs').Goal} goal
 * @property {import('./statistics.mjs').Summary} ratio the other's figure by ours for `timesLess`, ours by the other's for `timesMost`.
 * @property {boolean} isReached by the median of the rounds.
 */

/**
 * Holds results against goals; goals whose workloads were not all measured are left out.
 *
 * @param {readonly import('../goals.mjs').Goal[]} goals
 * @param {readonly import('./rounds.mjs').Result[]} results
 * @returns {Verdict[]}
 */
export function judge(goals, results) {
  return goals.flatMap((goal) => {
    const ours = figuresOf(results, goal.workload, goal.server, goal.figure);
    const others = figuresOf(results, goal.against.workload ?? goal.workload, goal.against.server, goal.figure);
    const rounds = Math.min(ours.length, others.length);
    if (rounds === 0) return [];
    const pairs = [ours.slice(0, rounds), others.slice(0, rounds)];
    const ratio = goal.timesLess === undefined ? ratios(pairs[0], pairs[1]) : ratios(pairs[1], pairs[0]);
    return [{ goal, ratio, isReached: isReached(goal, ratio.median) }];
  });
}

/**
 * Whether a goal is missed by so much that noise does not explain it.
 *
 * @param {Verdict} verdict
 * @param {number} share of the goal that has to be left.
 */
export function isGrosslyMissed({ goal, ratio }, share) {
  if (goal.timesLess === undefined) return ratio.median > goal.timesMost / share;
  return ratio.median < goal.timesLess * share;
}

function isReached({ timesLess, timesMost }, ratio) {
  return timesLess === undefined ? ratio <= timesMost : ratio >= timesLess;
}

function figuresOf(results, workload, server, figure) {
  const result = results.find((each) => each.workload === workload && each.server === server);
  return result === undefined ? [] : result.rounds.map((figures) => figures[figure]);
}
