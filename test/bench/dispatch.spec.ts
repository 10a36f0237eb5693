import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

interface Row {
  readonly layer: string;
  readonly handler: string;
  readonly ns: number;
  readonly overBare: number;
  readonly ratioToBare: number;
  readonly ratioToNest: number | undefined;
}

/** Runs the benchmark as short as it can be: what it says of the time is nothing to rely on then. */
async function bench(...args: string[]): Promise<string> {
  const short = ['--rounds', '1', '--duration', '1'];
  const { stdout } = await promisify(execFile)(process.execPath, ['bench/dispatch/run.mjs', ...short, ...args]);
  return stdout;
}

const handlers = ['plain', 'guard', 'guard + pipe + interceptor', 'request-scoped'];
const layers = ['gateway', 'drop-in', 'nest'];
const paths = [['bare', 'plain'], ...layers.flatMap((layer) => handlers.map((handler) => [layer, handler]))];

describe('the benchmark of the dispatch', () => {
  it('measures every handler in every layer, each of which answers right', async () => {
    const { node, rounds, rows } = JSON.parse(await bench('--json')) as { node: string; rounds: number; rows: Row[] };
    expect({ node, rounds }).toEqual({ node: process.version, rounds: 1 });
    expect(rows.map(({ layer, handler }) => [layer, handler])).toEqual(paths);
    const bare = rows[0]!.ns;
    for (const row of rows) {
      const nest = rows.find(({ layer, handler }) => layer === 'nest' && handler === row.handler)!.ns;
      expect(row.ns).toBeGreaterThan(0);
      expect(row).toMatchObject({
        overBare: row.ns - bare,
        ratioToBare: row.ns / bare,
        ratioToNest: row.ns / nest,
      });
    }
  });

  it('prints a table, of some paths when told so', async () => {
    const lines = (await bench('--only', 'gateway: plain')).trim().split('\n');
    expect(lines[0]).toContain(`node ${process.version}`);
    const cells = lines.slice(2).map((line) => line.split('|').map((cell) => cell.trim()));
    expect(cells[0]).toEqual(['', 'layer', 'handler', 'ns per event', 'over bare', 'of bare', 'of Nest', '']);
    expect(cells.slice(2).map(([, layer, handler]) => [layer, handler])).toEqual([
      ['bare', 'plain'],
      ['gateway', 'plain'],
    ]);
  });

  it('does not measure what answers wrong', async () => {
    const file = new URL('../../bench/dispatch/check.mjs', import.meta.url).href;
    const { check } = (await import(file)) as { check(path: object, answer: unknown): Promise<void> };
    const path = { layer: 'nest', handler: 'plain', emit: (ack: (answer: unknown) => void) => ack({ id: 1 }) };
    await check(path, { id: 1 });
    await expect(check(path, { id: 2 })).rejects.toThrow('nest, plain: answers [{"id":1}]');
  });
});
