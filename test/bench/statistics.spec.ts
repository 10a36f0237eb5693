import { describe, expect, it } from '@jest/globals';
import { importBench } from './import-bench.js';

interface Summary {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly rounds: number;
}
interface Usage {
  readonly cpu: number;
  readonly wall: number;
  readonly waited: number;
}
interface Goal {
  readonly workload: string;
  readonly server: string;
  readonly figure: string;
  readonly against: { readonly server: string; readonly workload?: string };
  readonly timesLess?: number;
  readonly timesMost?: number;
}
interface Verdict {
  readonly goal: Goal;
  readonly ratio: Summary;
  readonly isReached: boolean;
}
interface Result {
  readonly workload: string;
  readonly server: string;
  readonly rounds: Record<string, number>[];
  readonly doubts: string[];
}
interface Workload {
  readonly name: string;
  readonly servers: readonly string[];
  readonly busy: number;
}
interface Bench {
  median(values: readonly number[]): number;
  quantile(values: readonly number[], share: number): number;
  summarize(values: readonly number[]): Summary;
  ratios(numerators: readonly number[], denominators: readonly number[]): Summary;
  doubtsAbout(measurement: { server: Usage }, busy: number): string[];
  judge(goals: readonly Goal[], results: readonly Result[]): Verdict[];
  isGrosslyMissed(verdict: Verdict, share: number): boolean;
  measureRounds(workload: object, plan: object, options: object): Promise<Result[]>;
  parseCores(text: string): number[];
  selfTimes(profile: object): { name: string; place: string; share: number }[];
  goals: readonly Goal[];
  workloads: readonly Workload[];
  implementations: Record<string, { title: string }>;
}

const bench = await importBench<Bench>(
  'harness/statistics.mjs',
  'harness/doubts.mjs',
  'harness/verdicts.mjs',
  'harness/rounds.mjs',
  'harness/cores.mjs',
  'harness/profile.mjs',
  'goals.mjs',
  'workloads/index.mjs',
  'servers/index.mjs',
);

describe('statistics of the benchmark', () => {
  it('take the middle, by size and not as text, and leave the values in their order', () => {
    const values = [100, 9, 20];
    expect(bench.median(values)).toBe(20);
    expect(values).toEqual([100, 9, 20]);
    expect(bench.median([4, 1, 3, 2])).toBe(2.5);
    expect(bench.median([7])).toBe(7);
    expect(() => bench.median([])).toThrow('nothing to take');
  });

  it('take quantiles between two values', () => {
    const values = Array.from({ length: 101 }, (_, index) => 100 - index);
    expect([0, 0.5, 0.99, 1].map((share) => bench.quantile(values, share))).toEqual([0, 50, 99, 100]);
    expect(bench.quantile([10, 20], 0.75)).toBe(17.5);
  });

  it('make ratios of the pairs of a round, not of medians', () => {
    // A round on a busy machine costs both ten times as much: the ratio does not see it.
    expect(bench.ratios([4, 40, 6], [2, 20, 2])).toEqual({ median: 2, least: 2, most: 3, rounds: 3 });
    expect(bench.ratios([1, 10, 100], [100, 10, 1])).toEqual({ median: 1, least: 0.01, most: 100, rounds: 3 });
    expect(() => bench.ratios([1, 2], [1])).toThrow('do not pair');
  });
});

describe('a measurement', () => {
  const usage = (cpu: number, waited = 0): Usage => ({ cpu, waited, wall: 1_000 });

  it('is doubtful when the server had too little to do', () => {
    expect(bench.doubtsAbout({ server: usage(900) }, 0.8)).toEqual([]);
    expect(bench.doubtsAbout({ server: usage(100) }, 0)).toEqual([]);
    expect(bench.doubtsAbout({ server: usage(500) }, 0.8)).toEqual(['the server asked for 50 % of its core, not 80 %']);
  });

  it('is doubtful when others had the core of the server, which then was not idle', () => {
    expect(bench.doubtsAbout({ server: usage(600, 300) }, 0.8)).toEqual([
      "others had the server's core for 30 % of the time",
    ]);
  });
});

describe('rounds', () => {
  const workload = { name: 'echo', servers: ['official', 'ours', 'raw'], busy: 0.5 };
  const measurement = (cpu: number, busy = 1): object => {
    return { figures: { cpu }, server: { cpu: busy * 1_000, wall: 1_000, waited: 0 } };
  };

  it('begin with another server each time', async () => {
    const order: string[] = [];
    const measure = async (_name: string, server: string): Promise<object> => {
      order.push(server);
      return measurement(order.length);
    };
    const results = await bench.measureRounds(workload, { rounds: 3, retries: 1 }, { measure });
    expect(order.join(' ')).toBe('official ours raw ours raw official raw official ours');
    expect(results).toEqual([
      { workload: 'echo', server: 'official', rounds: [{ cpu: 1 }, { cpu: 6 }, { cpu: 8 }], doubts: [] },
      { workload: 'echo', server: 'ours', rounds: [{ cpu: 2 }, { cpu: 4 }, { cpu: 9 }], doubts: [] },
      { workload: 'echo', server: 'raw', rounds: [{ cpu: 3 }, { cpu: 5 }, { cpu: 7 }], doubts: [] },
    ]);
  });

  it('are measured again while they are doubtful, and tell when they stay so', async () => {
    const attempts = [measurement(1, 0.1), measurement(2, 0.1), measurement(3), ...Array(3).fill(measurement(4, 0.1))];
    const measure = async (): Promise<object> => attempts.shift() as object;
    const [result] = await bench.measureRounds(workload, { rounds: 2, retries: 2 }, { measure, servers: ['ours'] });
    expect(attempts).toEqual([]);
    expect(result!.rounds).toEqual([{ cpu: 3 }, { cpu: 4 }]);
    expect(result!.doubts).toEqual(['round 2: the server asked for 10 % of its core, not 50 %']);
  });

  it('end where no further one may start', async () => {
    const measure = async (): Promise<object> => measurement(1);
    const options = { measure, servers: ['ours'], mayStart: (round: number) => round < 2 };
    const [result] = await bench.measureRounds(workload, { rounds: 9, retries: 0 }, options);
    expect(result!.rounds).toHaveLength(2);
  });
});

describe('goals', () => {
  const result = (workload: string, server: string, ...cpu: number[]): Result => ({
    workload,
    server,
    rounds: cpu.map((value) => ({ cpu: value })),
    doubts: [],
  });
  const less: Goal = { workload: 'echo', server: 'ours', figure: 'cpu', against: { server: 'official' }, timesLess: 2 };
  const growth: Goal = {
    workload: 'echo',
    server: 'ours',
    figure: 'cpu',
    against: { server: 'ours', workload: 'small' },
    timesMost: 2,
  };

  it('are reached by the median of the ratios', () => {
    const results = [
      result('echo', 'official', 9, 20, 30),
      result('echo', 'ours', 9, 10, 10),
      result('small', 'ours', 5, 5, 4),
    ];
    expect(bench.judge([less, growth], results)).toEqual([
      { goal: less, ratio: { median: 2, least: 1, most: 3, rounds: 3 }, isReached: true },
      { goal: growth, ratio: { median: 2, least: 1.8, most: 2.5, rounds: 3 }, isReached: true },
    ]);
    const slower = [result('echo', 'official', 19), result('echo', 'ours', 10), result('small', 'ours', 4)];
    expect(bench.judge([less, growth], slower).map(({ isReached }) => isReached)).toEqual([false, false]);
  });

  it('are left out where a side was not measured', () => {
    expect(bench.judge([less, growth], [result('echo', 'ours', 1), result('small', 'official', 1)])).toEqual([]);
  });

  it('are grossly missed below half of them, in both directions', () => {
    const missed = (goal: Goal, median: number): boolean =>
      bench.isGrosslyMissed({ goal, ratio: { median, least: median, most: median, rounds: 1 }, isReached: false }, 0.5);
    expect([missed(less, 1), missed(less, 0.99)]).toEqual([false, true]);
    expect([missed(growth, 4), missed(growth, 4.01)]).toEqual([false, true]);
  });

  it('name workloads and servers that there are', () => {
    for (const { workload, server, against, timesLess, timesMost } of bench.goals) {
      const serversOf = (name: string): readonly string[] =>
        bench.workloads.find((each) => each.name === name)!.servers;
      expect(serversOf(workload)).toContain(server);
      expect(serversOf(against.workload ?? workload)).toContain(against.server);
      expect([timesLess, timesMost].filter((limit) => limit !== undefined)).toHaveLength(1);
    }
    expect(new Set(bench.workloads.flatMap(({ servers }) => servers))).toEqual(
      new Set(Object.keys(bench.implementations)),
    );
    expect(new Set(bench.workloads.map(({ name }) => name)).size).toBe(bench.workloads.length);
  });
});

describe('a profile', () => {
  it('sums the time of a function over its callers, without idle time', () => {
    const frame = (functionName: string, url = 'file:///a/lib/x.js'): object => ({ functionName, url, lineNumber: 4 });
    const profile = {
      nodes: [
        { id: 1, callFrame: frame('(idle)', '') },
        { id: 2, callFrame: frame('write') },
        { id: 3, callFrame: frame('write') },
        { id: 4, callFrame: frame('', 'node:net') },
      ],
      samples: [1, 2, 3, 4],
      timeDeltas: [1_000, 2, 4, 2],
    };
    expect(bench.selfTimes(profile)).toEqual([
      { name: 'write', place: 'lib/x.js:5', share: 0.75 },
      { name: '(anonymous)', place: 'node:net:5', share: 0.25 },
    ]);
  });
});

describe('cores', () => {
  it('are read from what taskset says', () => {
    expect(bench.parseCores("pid 12's current affinity list: 0-2,5\n")).toEqual([0, 1, 2, 5]);
    expect(bench.parseCores("pid 12's current affinity list: 3")).toEqual([3]);
  });
});
