import { afterAll, afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import type { Socket } from 'socket.io-client';
import { Clients, next } from '../support/clients.js';
import { debian, describeWith } from '../support/debian.js';
import { startRedis, type Redis } from '../support/redis.js';
import { startSample, type SampleProcess } from '../support/sample-process.js';

jest.setTimeout(60_000);

describeWith([debian.redis], 'the application with a worker', () => {
  let redis: Redis;
  let env: NodeJS.ProcessEnv;
  let servers: SampleProcess[];
  const workers: SampleProcess[] = [];
  const clients: Clients[] = [];

  const startWorker = async (name: string, stepTime = 1): Promise<SampleProcess> => {
    const worker = await startSample('worker', {
      entry: 'worker',
      env: { ...env, WORKER_NAME: name, STEP_TIME: String(stepTime) },
      ready: 'waits for reports',
    });
    workers.push(worker);
    return worker;
  };
  const connect = async (server: SampleProcess, name: string): Promise<Socket> => {
    const own = new Clients(() => server.url);
    clients.push(own);
    return own.connect('/', { auth: { name } });
  };
  const order = (socket: Socket, title: string): Promise<{ ok: boolean; data: { report: number } }> =>
    socket.emitWithAck('order', { title }) as Promise<{ ok: boolean; data: { report: number } }>;

  beforeAll(async () => {
    redis = await startRedis();
    env = { REDIS_URL: `redis://127.0.0.1:${redis.port}` };
  });
  afterAll(() => redis?.stop());
  beforeEach(async () => {
    servers = await Promise.all([startSample('worker', { env }), startSample('worker', { env })]);
  });
  afterEach(async () => {
    for (const each of clients.splice(0)) each.close();
    await Promise.all([...workers.splice(0), ...servers].map((each) => each.stop()));
  });

  it('has the worker tell all devices of a user, on every server, and nobody else', async () => {
    const worker = await startWorker('one');
    const [phone, laptop] = [await connect(servers[0]!, 'ann'), await connect(servers[1]!, 'ann')];
    const ben = await connect(servers[1]!, 'ben');
    const [heard, others]: [unknown[], unknown[]] = [[], []];
    laptop.onAny((event, news) => heard.push([event, news]));
    ben.onAny((event) => others.push(event));
    const done = [phone, laptop].map((socket) => next(socket, 'ready'));
    const { data } = await order(phone, 'Sales');
    const ready = { ...data, text: 'Sales: all is well', worker: String(worker.pid) };
    expect(await Promise.all(done)).toEqual([[ready], [ready]]);
    const progress = [25, 50, 75, 100].map((percent) => ['progress', { ...data, percent }]);
    expect(heard).toEqual([...progress, ['ready', ready]]);
    // Behind all that was said before.
    const own = next(ben, 'ready');
    await order(ben, 'Costs');
    await own;
    expect(others).toEqual(['progress', 'progress', 'progress', 'progress', 'ready']);
  });

  it('keeps orders until there is a worker, and shares them out among several', async () => {
    const ann = await connect(servers[0]!, 'ann');
    const by = new Set<string>();
    ann.on('ready', ({ worker }: { worker: string }) => by.add(worker));
    let done = next(ann, 'ready');
    const { data } = await order(ann, 'Sales');
    const first = await startWorker('one');
    expect(await done).toMatchObject([{ ...data, worker: String(first.pid) }]);
    const second = await startWorker('two');
    // Redis serves the one that has waited for longest.
    while (by.size < 2) {
      done = next(ann, 'ready');
      await order(ann, 'Costs');
      await done;
    }
    expect([...by].sort()).toEqual([String(first.pid), String(second.pid)].sort());
  });

  it('finishes what a worker has begun: before it ends, or at its next start when it was killed', async () => {
    const ann = await connect(servers[0]!, 'ann');
    const first = await startWorker('one', 100);
    let begun = next(ann, 'progress');
    let done = next(ann, 'ready');
    await order(ann, 'Sales');
    await begun;
    await first.stop();
    expect(await done).toMatchObject([{ text: 'Sales: all is well', worker: String(first.pid) }]);

    // Long enough for it to be killed before it is done.
    const second = await startWorker('one', 2_000);
    begun = next(ann, 'progress');
    done = next(ann, 'ready');
    await order(ann, 'Costs');
    await begun;
    await second.kill();
    const third = await startWorker('one');
    expect(await done).toMatchObject([{ text: 'Costs: all is well', worker: String(third.pid) }]);
  });

  it('refuses orders without a title, and clients without a name', async () => {
    const ann = await connect(servers[0]!, 'ann');
    expect(await ann.emitWithAck('order', {})).toEqual({
      ok: false,
      error: { status: 400, message: 'A report has a title' },
    });
    await expect(connect(servers[0]!, '')).rejects.toThrow('Who are you?');
  });
});
