import { describe, expect, it } from '@jest/globals';
import { importBench } from './import-bench.js';

interface Bar {
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly text: string;
  readonly isOurs?: boolean;
}
interface Bench {
  barChart(chart: { title: string; bars: readonly Bar[] }): string;
  createReport(run: object): { page: string; charts: { name: string; svg: string }[] };
  judge(goals: readonly object[], results: readonly object[]): object[];
}

const { barChart, createReport, judge } = await importBench<Bench>(
  'harness/chart.mjs',
  'harness/report.mjs',
  'harness/verdicts.mjs',
);

const bar = (label: string, value: number, range = 0): Bar => ({
  label,
  value,
  least: value - range,
  most: value + range,
  text: `${value} µs`,
});
const widths = (svg: string): number[] =>
  [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));

describe('a chart', () => {
  it('draws bars as long as their values, from zero', () => {
    const [long, half, none] = widths(barChart({ title: 'x', bars: [bar('a', 8), bar('b', 4), bar('c', 0)] }));
    expect(long).toBeGreaterThan(0);
    expect([half! / long!, none]).toEqual([0.5, 0]);
  });

  it('draws the range, and leaves room for it', () => {
    const svg = barChart({ title: 'x', bars: [bar('a', 8, 2)] });
    const [, start] = /<rect x="([\d.]+)"/.exec(svg)!;
    const [, least, most] = /<path d="M([\d.]+) \d+H([\d.]+)/.exec(svg)!;
    const [width] = widths(svg);
    expect((Number(least) - Number(start)) / width!).toBeCloseTo(6 / 8);
    expect((Number(most) - Number(start)) / width!).toBeCloseTo(10 / 8);
  });

  it('writes any text', () => {
    const svg = barChart({ title: 'a < b & "c"', bars: [bar('<x>', 1)] });
    expect(svg).toContain('<title>a &lt; b &amp; &quot;c&quot;</title>');
    expect(svg).toContain('>&lt;x&gt;</text>');
  });

  it('is not drawn of nothing, or of what is no number', () => {
    expect(() => barChart({ title: 'x', bars: [] })).toThrow('Nothing to draw');
    expect(() => barChart({ title: 'x', bars: [bar('a', 0)] })).toThrow('Nothing to draw');
    expect(() => barChart({ title: 'x', bars: [bar('a', 1), bar('b', Number.NaN)] })).toThrow('Nothing to draw');
  });
});

describe('a report', () => {
  const machine = {
    date: '2026-01-02',
    node: 'v20.0.0',
    cpu: 'a core',
    cores: 2,
    memory: '4 GiB',
    system: 'Linux 6',
    load: '0.1',
    isPinned: false,
    versions: { ws: '8.0.0' },
  };
  const workload = { name: 'echo-1', title: 'Echo', operation: 'echo', servers: ['official', 'ours'], busy: 0 };
  const results = [
    { workload: 'echo-1', server: 'official', rounds: [{ cpu: 4 }, { cpu: 6 }], doubts: [] },
    { workload: 'echo-1', server: 'ours', rounds: [{ cpu: 2 }, { cpu: 6 }], doubts: ['round 2: others had it'] },
  ];
  const goal = (timesLess: number): object => ({
    workload: 'echo-1',
    server: 'ours',
    figure: 'cpu',
    against: { server: 'official' },
    timesLess,
  });
  const report = (...goals: object[]): { page: string; charts: { name: string; svg: string }[] } =>
    createReport({
      machine,
      command: 'npm run bench',
      workloads: [workload],
      results,
      verdicts: judge(goals, results),
    });

  it('names machine, date, versions and command', () => {
    const { page } = report();
    for (const part of [
      '2026-01-02',
      'v20.0.0',
      '2 cores of a core',
      'ws 8.0.0',
      'npm run bench',
      'nothing bound to a core',
    ]) {
      expect(page).toContain(part);
    }
  });

  it('says of every goal whether it is reached', () => {
    const cells = (line: string): string[] =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1);
    const { page } = report(goal(1.5), goal(1.51));
    const rows = page.split('\n').filter((line) => line.startsWith('| Echo'));
    expect(rows.map((row) => cells(row).slice(2))).toEqual([
      ['1.50× (1.00 to 2.00)', 'reached'],
      ['1.50× (1.00 to 2.00)', '**not reached**'],
    ]);
    expect(page).toContain('1 of 2 are reached. Not reached: `echo-1` (cpu).');
    expect(report(goal(1)).page).toContain('All 1 are reached.');
  });

  it('has the table, the doubts and the chart of a workload', () => {
    const { page, charts } = report();
    const row = page.split('\n').find((line) => line.startsWith('| rookery'))!;
    expect(row.split('|').map((cell) => cell.trim())).toEqual([
      '',
      'rookery',
      '4.00 (2.00 to 6.00)',
      '1.50× (1.00 to 2.00)',
      '',
    ]);
    expect(page).toContain('- rookery, round 2: others had it');
    expect(page).toContain('![Echo](benchmarks/echo-1.svg)');
    expect(charts.map(({ name }) => name)).toEqual(['echo-1.svg']);
    expect(widths(charts[0]!.svg)).toHaveLength(2);
  });
});
