import { execFile } from 'node:child_process';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Server } from '../../lib/server/index.js';
import { timersOf } from '../../lib/client/timers.js';
import { startServer, type RunningServer } from './pairs.js';

let server: RunningServer;

beforeEach(async () => {
  server = await startServer(Server);
});

afterEach(() => server.close());

it.each(['polling', 'websocket'])(
  'keeps no process alive where `autoUnref` is set, over %s',
  async (transport) => {
    const program = `
      import { io } from './lib/client/node/index.ts';
      const socket = io('${server.url}', { autoUnref: true, transports: ['${transport}'] });
      const alive = setTimeout(() => {}, 20_000);
      socket.on('connect', () => { console.log('connected'); clearTimeout(alive); });
    `;
    const loader = ['--import', './test/support/run-typescript.mjs', '--input-type=module', '-e', program];
    const output = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, loader, { timeout: 15_000 }, (error, text) => {
        if (error === null) resolve(text);
        else reject(error);
      });
    });
    expect(output).toBe('connected\n');
  },
  20_000,
);

it('uses the timers of the platform where `useNativeTimers` is set, and else those that replace them', async () => {
  jest.useFakeTimers();
  try {
    const fired: string[] = [];
    timersOf({}).set(() => fired.push('replaced'), 10);
    const native = new Promise<void>((resolve) => timersOf({ useNativeTimers: true }).set(resolve, 10));
    await native;
    expect(fired).toEqual([]);
    jest.advanceTimersByTime(10);
    expect(fired).toEqual(['replaced']);
  } finally {
    jest.useRealTimers();
  }
});
