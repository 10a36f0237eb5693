import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const bench = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, ['bench/client-library/run.mjs', ...args])).stdout;

describe('the benchmark of client libraries', () => {
  it('measures every operation with both', async () => {
    const [head, ...rows] = (await bench('--rounds', '1', '--share', '0.01')).trimEnd().split('\n');
    expect(head).toMatch(/^operation +ours µs +published µs +ratio/);
    expect(rows.map((row) => row.split(/ +/, 1)[0])).toEqual(['connect', 'ask', 'receive', 'receive-binary', 'send']);
    for (const row of rows) expect(row).toMatch(/^\S+ +[\d.]*[1-9][\d.]* +[\d.]*[1-9][\d.]* +[\d.]+ \[/);
  }, 60_000);

  it('refuses what is no number', async () => {
    await expect(bench('--rounds', 'many')).rejects.toThrow('--rounds is a number from 1, --share one above 0');
  });
});
