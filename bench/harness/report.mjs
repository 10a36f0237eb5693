import { barChart } from './chart.mjs';
import { implementations } from '../servers/index.mjs';
import { summarize } from './statistics.mjs';
import { goalTable, tableOf } from './table.mjs';

/**
 * The report of a run: a page, and a chart of each workload.
 *
 * @param {object} run
 * @param {ReturnType<typeof import('./machine.mjs').describeMachine>} run.machine
 * @param {string} run.command
 * @param {readonly import('../workloads/index.mjs').Workload[]} run.workloads that were measured.
 * @param {readonly import('./rounds.mjs').Result[]} run.results
 * @param {readonly import('./verdicts.mjs').Verdict[]} run.verdicts
 * @returns {{ page: string, charts: { name: string, svg: string }[] }} `name` is the file's, beside the page in `benchmarks/`.
 */
export function createReport({ machine, command, workloads, results, verdicts }) {
  const titleOf = (name) => workloads.find((workload) => workload.name === name).title;
  const missed = verdicts.filter(({ isReached }) => !isReached);
  const ofWorkload = (workload) => results.filter((result) => result.workload === workload.name);
  const page = [
    '# Benchmarks',
    '',
    'CPU time of the server process per operation, garbage collection included: median of the rounds, and the range. A ratio is',
    'made of the two servers of one round; what is told is the median of these, and their range. Only ratios of one run mean',
    'something on another machine. What each workload does, and how to read this, is told in `bench/README.md`.',
    '',
    ...describe(machine, command),
    '',
    '## Goals',
    '',
    missed.length === 0
      ? `All ${verdicts.length} are reached.`
      : `${verdicts.length - missed.length} of ${verdicts.length} are reached. Not reached: ${missed.map(({ goal }) => `\`${goal.workload}\` (${goal.figure})`).join(', ')}.`,
    '',
    ...goalTable(verdicts, titleOf),
    ...workloads.flatMap((workload) => [
      '',
      `## ${workload.title}`,
      '',
      ...tableOf(workload, ofWorkload(workload)),
      '',
      `![${workload.title.replaceAll('`', '')}](benchmarks/${workload.name}.svg)`,
      ...doubtsOf(ofWorkload(workload)),
    ]),
    '',
  ].join('\n');
  return {
    page,
    charts: workloads.map((workload) => ({
      name: `${workload.name}.svg`,
      svg: chartOf(workload, ofWorkload(workload)),
    })),
  };
}

function describe({ date, node, cpu, cores, memory, system, load, isPinned, versions }, command) {
  const pinning = isPinned ? 'server and generator bound to a core each' : '**nothing bound to a core**';
  return [
    `${date}, node ${node}, ${cores} cores of ${cpu}, ${memory}, ${system}, ${pinning}, load ${load} at the end;`,
    `${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
    '',
    '```sh',
    command,
    '```',
  ];
}

function doubtsOf(results) {
  const doubts = results.flatMap(({ server, doubts: each }) =>
    each.map((doubt) => `- ${implementations[server].title}, ${doubt}`),
  );
  return doubts.length === 0 ? [] : ['', 'Doubtful:', '', ...doubts];
}

function chartOf(workload, results) {
  const [figure] = Object.keys(results[0].rounds[0]);
  const unit = figure === 'cpu' ? 'µs' : 'bytes';
  const bars = results.map((result) => {
    const { median, least, most } = summarize(result.rounds.map((round) => round[figure]));
    return {
      label: implementations[result.server].title,
      value: median,
      least: Math.max(0, least),
      most,
      text: `${median.toLocaleString('en', { maximumSignificantDigits: 3 })} ${unit}`,
      isOurs: result.server.includes('ours') || result.server.includes('drop-in'),
    };
  });
  return barChart({ title: workload.title.replaceAll('`', ''), bars });
}
