import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

interface Run {
  readonly machine: { readonly node: string };
  readonly plan: { readonly rounds: number };
  readonly results: { server: string; rounds: Record<string, number>[]; profile?: { share: number }[] }[];
  readonly verdicts: { goal: { figure: string }; ratio: { median: number } }[];
}

/** Runs it as short as it can be: what it says of the time is nothing to rely on then. */
async function bench(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['bench/run.mjs', '--quick', ...args]);
  return stdout;
}

describe('the benchmark', () => {
  it('measures servers over the wire, in processes of their own', async () => {
    const run = JSON.parse(await bench('--only', 'echo-1', '--servers', 'official,ours', '--json')) as Run;
    expect([run.machine.node, run.plan.rounds]).toEqual([process.version, 1]);
    expect(run.results.map(({ server, rounds }) => [server, rounds.length])).toEqual([
      ['official', 1],
      ['ours', 1],
    ]);
    const [official, ours] = run.results.map(({ rounds }) => rounds[0]!);
    for (const { cpu, roundTrip, roundTrip99 } of [official!, ours!]) {
      expect(cpu).toBeGreaterThan(0);
      expect(roundTrip).toBeGreaterThan(0);
      expect(roundTrip99).toBeGreaterThanOrEqual(roundTrip!);
    }
    expect(run.verdicts.map(({ goal, ratio }) => [goal.figure, ratio.median])).toEqual([
      ['cpu', official!['cpu']! / ours!['cpu']!],
      ['roundTrip', ours!['roundTrip']! / official!['roundTrip']!],
    ]);
  }, 120_000);

  it('prints a table, and where the time went', async () => {
    const text = await bench('--only', 'codec', '--servers', 'codec-ours', '--profile');
    expect(text).toContain('| CPU µs per packet |');
    expect(text).toMatch(/^rookery\/protocol +[\d.]+ % /m);
  }, 120_000);

  it('refuses what it does not know', async () => {
    await expect(bench('--only', 'nothing')).rejects.toThrow('--only is some of connect,');
    await expect(bench('--rounds', '0')).rejects.toThrow('--rounds is a number from 1 on');
    await expect(bench('--report', '--servers', 'ours')).rejects.toThrow('--report needs all servers');
  }, 120_000);
});
