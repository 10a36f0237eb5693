import { implementations } from '../servers/index.mjs';
import { ratios, summarize } from './statistics.mjs';

const figures = {
  cpu: { title: 'CPU µs', digits: 2 },
  roundTrip: { title: 'round trip µs', digits: 0 },
  roundTrip99: { title: 'round trip µs, 99 %', digits: 0 },
  heap: { title: 'heap bytes', digits: 0 },
  external: { title: 'bytes outside of the heap', digits: 0 },
  rss: { title: 'RSS bytes', digits: 0 },
};

/**
 * The results of one workload, as lines of a Markdown table.
 *
 * @param {import('../workloads/index.mjs').Workload} workload
 * @param {readonly import('./rounds.mjs').Result[]} results of this workload.
 * @returns {string[]}
 */
export function tableOf(workload, results) {
  const names = Object.keys(results[0].rounds[0]);
  const first = implementations[results[0].server].title;
  const head = ['server', ...names.map((name) => `${titleOf(name)} per ${workload.operation}`), `less than ${first}`];
  const rows = results.map((result) => {
    const cells = names.map((name) => range(summarize(column(result, name)), digitsOf(name)));
    const ratio = ratios(column(results[0], names[0]), column(result, names[0]));
    return [implementations[result.server].title, ...cells, result === results[0] ? '' : times(ratio)];
  });
  return markdown([head, ...rows], ['left', ...head.slice(1).map(() => 'right')]);
}

/** @param {import('./statistics.mjs').Summary} summary */
export function times(summary) {
  return `${summary.median.toFixed(2)}× (${summary.least.toFixed(2)} to ${summary.most.toFixed(2)})`;
}

/**
 * @param {readonly import('./verdicts.mjs').Verdict[]} verdicts
 * @param {(workload: string) => string} titleOfWorkload
 * @returns {string[]} lines of a Markdown table.
 */
export function goalTable(verdicts, titleOfWorkload) {
  const rows = verdicts.map(({ goal, ratio, isReached }) => [
    titleOfWorkload(goal.workload),
    describeGoal(goal),
    times(ratio),
    isReached ? 'reached' : '**not reached**',
  ]);
  return markdown([['workload', 'goal', 'measured', ''], ...rows], ['left', 'left', 'right', 'left']);
}

/** @param {import('../goals.mjs').Goal} goal */
export function describeGoal({ figure, against, server, timesLess, timesMost }) {
  const other = against.workload === undefined ? implementations[against.server].title : `in \`${against.workload}\``;
  const what = `${titleOf(figure)} of ${implementations[server].title}`;
  return timesLess === undefined
    ? `${what} at most ${timesMost}× that ${of(other, against)}`
    : `${what} ${timesLess}× less than ${other}`;
}

function of(other, { workload }) {
  return workload === undefined ? `of ${other}` : other;
}

function titleOf(name) {
  return figures[name].title;
}

function digitsOf(name) {
  return figures[name].digits;
}

function column(result, name) {
  return result.rounds.map((round) => round[name]);
}

function range({ median, least, most, rounds }, digits) {
  const all = [median, least, most].map((value) => value.toLocaleString('en', fixed(digits)));
  return rounds === 1 ? all[0] : `${all[0]} (${all[1]} to ${all[2]})`;
}

function fixed(digits) {
  return { minimumFractionDigits: digits, maximumFractionDigits: digits };
}

function markdown(rows, alignments) {
  const widths = rows[0].map((_, column) => Math.max(4, ...rows.map((row) => row[column].length)));
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const pad = (cell, column) =>
    alignments[column] === 'right' ? cell.padStart(widths[column]) : cell.padEnd(widths[column]);
  const rule = widths.map((width, column) =>
    alignments[column] === 'right' ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  return [line(rows[0].map(pad)), line(rule), ...rows.slice(1).map((row) => line(row.map(pad)))];
}
