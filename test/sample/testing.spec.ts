import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Clients, next } from '../support/clients.js';
import { startSample, type SampleProcess } from '../support/sample-process.js';

const run = promisify(execFile);

interface JestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly { readonly message: string }[];
}

/** Runs a program of Node to its end; what it prints counts, also when it fails. */
async function output(args: readonly string[]): Promise<string> {
  const options = { env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' }, maxBuffer: 1 << 24 };
  const child = run(process.execPath, args, options).catch((error: unknown) => error as { stdout: string });
  return (await child).stdout;
}

describe('the specs of the polls', () => {
  const folder = 'sample/05-testing';

  it('pass, as they do by hand', async () => {
    const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
    const text = await output([...jest, '-c', `${folder}/jest.config.mjs`, '--ci', '--json', '-i']);
    const { success, numPassedTests, numPendingTests, testResults } = JSON.parse(text) as JestReport;
    expect(testResults.map(({ message }) => message).join('')).toBe('');
    expect(success).toBe(true);
    expect(testResults).toHaveLength(3);
    expect(numPassedTests).toBeGreaterThan(10);
    expect(numPendingTests).toBe(0);
  }, 60_000);

  it('type-check, against the package as it is built', async () => {
    const files = await output(['node_modules/typescript/bin/tsc', '-p', folder, '--listFiles', '--pretty', 'false']);
    const lines = files.split('\n');
    expect(lines.filter((line) => line.includes('error TS'))).toEqual([]);
    const has = (end: string): boolean => lines.some((line) => line.endsWith(end));
    expect(has('/dist/esm/nest-testing/index.d.ts')).toBe(true);
    expect(has(`/${folder}/test/polls.spec.ts`)).toBe(true);
  }, 60_000);
});

describe('the polls', () => {
  let sample: SampleProcess;
  let clients: Clients;

  beforeAll(async () => {
    sample = await startSample('testing');
    clients = new Clients(() => sample.url);
  });
  afterEach(() => clients.close());
  afterAll(async () => {
    await sample.stop();
  });

  it('are an application like any other', async () => {
    const ann = await clients.connect('/polls', { auth: { name: 'Ann' } });
    const bob = await clients.connect('/polls', { auth: { name: 'Bob' } });
    await bob.emitWithAck('watch', 'lunch');
    const results = next(bob, 'results');
    expect(await ann.emitWithAck('vote', 'lunch', 'pizza')).toEqual({ ok: true, data: { pizza: 1, soup: 0 } });
    expect(await results).toEqual(['lunch', { pizza: 1, soup: 0 }]);
    expect(await ann.emitWithAck('close', 'lunch')).toMatchObject({ ok: false, error: { status: 403 } });
  });
});
