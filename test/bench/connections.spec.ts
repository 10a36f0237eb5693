import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const bench = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, ['bench/connections/run.mjs', ...args])).stdout;

describe('the benchmark of idle connections', () => {
  it('measures as many as it is told', async () => {
    expect(await bench('--count', '300', '--before', '60')).toMatch(
      /^300 connections: -?[\d.]+ KB each, [1-9][\d.]* KB of it heap\n$/,
    );
  }, 60_000);

  it('refuses what is no number', async () => {
    await expect(bench('--count', 'many')).rejects.toThrow('--count and --before are numbers of connections');
  });
});
