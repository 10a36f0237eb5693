import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Clients, next, transportLists } from '../support/clients.js';
import { startSample, type SampleProcess } from '../support/sample-process.js';
import { eventually } from '../interop/published-adapters/cluster.js';

jest.setTimeout(60_000);

describe('the application on several cores', () => {
  let sample: SampleProcess;
  let clients: Clients;
  const known = async (): Promise<{ workers: number; clients: number }> =>
    (await fetch(`${sample.url}/workers`)).json() as Promise<{ workers: number; clients: number }>;
  const pids = (): number[] => [...sample.output().matchAll(/^Worker (\d+) serves/gm)].map(([, pid]) => Number(pid));

  beforeAll(async () => {
    sample = await startSample('multi-core');
    clients = new Clients(() => sample.url);
    await eventually('there are four workers', async () => pids().length === 4 && (await known()).workers === 4);
  }, 60_000);
  afterEach(async () => {
    clients.close();
    await eventually('every client has left', async () => (await known()).clients === 0);
  });
  afterAll(async () => {
    await sample?.stop();
  });

  it.each(transportLists)('asks forty clients of all workers over %s', async (_name, transports) => {
    const sockets = await Promise.all(Array.from({ length: 40 }, () => clients.connect('/', { transports })));
    for (const [index, socket] of sockets.entries()) {
      socket.on('vote', (answer: (vote: boolean) => void) => answer(index % 4 > 0));
    }
    const joined = await Promise.all(sockets.map((socket) => socket.emitWithAck('join', 'lunch')));
    expect(new Set(joined.map(({ data }) => (data as { pid: number }).pid)).size).toBe(4);
    const results = Promise.all(sockets.map((socket) => next(socket, 'result')));
    expect(await sockets[0]!.emitWithAck('poll', 'lunch')).toEqual({ ok: true, data: { yes: 30, no: 10 } });
    expect(await results).toEqual(sockets.map(() => [{ yes: 30, no: 10 }]));
    expect((await known()).clients).toBe(40);
  });

  it('goes on when a worker is killed, and has its clients back', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 12 }, () => clients.connect('/', { reconnection: true, reconnectionDelay: 10 })),
    );
    const before = pids().length;
    process.kill(pids()[0]!, 'SIGKILL');
    await eventually('another serves', async () => pids().length > before && (await known()).workers === 4);
    await eventually('all are there', async () => (await known()).clients === 12);
    for (const socket of sockets) expect(await socket.emitWithAck('join', 'lunch')).toMatchObject({ ok: true });
  });

  it('drains when it is asked to end', async () => {
    const own = await startSample('multi-core');
    const others = new Clients(() => own.url);
    const socket = await others.connect('/', { transports: ['websocket'] });
    const gone = next(socket, 'disconnect');
    const code = await own.stop();
    expect((await gone)[0]).toBe('transport close');
    expect(code === 0 || code === null).toBe(true);
    others.close();
  });
});
