import { Agent, request as createRequest, type RequestOptions } from 'node:http';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { clusterize } from '../../lib/cluster/node-cluster/index.js';
import { Clients, next, transportLists } from '../support/clients.js';
import { freePort } from '../support/cluster-process.js';
import { listening, Workers } from './workers.js';

jest.setTimeout(60_000);

describe('clusterize()', () => {
  describe('with four workers', () => {
    let workers: Workers;
    let clients: Clients;

    beforeAll(async () => {
      workers = await Workers.start();
      clients = new Clients(() => workers.url);
    });
    afterEach(() => clients.close());
    afterAll(() => workers?.stop());

    it('has every worker listen, by its own account, on one port', () => {
      const all = listening(workers.told);
      expect(new Set(all.map(({ pid }) => pid)).size).toBe(4);
      expect(new Set(all.map((each) => each.listening)).size).toBe(1);
      expect(all.every(({ isListening }) => isListening)).toBe(true);
    });

    /** Forty clients that talk, and hear each other. */
    const talk = async (options: Parameters<Clients['connect']>[1]): Promise<void> => {
      const sockets = await Promise.all(Array.from({ length: 40 }, () => clients.connect('/', options)));
      const errors: unknown[] = [];
      for (const socket of sockets) socket.on('disconnect', (reason) => errors.push(reason));
      const pids = await Promise.all(sockets.map((socket) => socket.emitWithAck('who')));
      expect(new Set(pids).size).toBe(4);
      for (let turn = 0; turn < 5; turn++) {
        const echoed = await Promise.all(sockets.map((socket, index) => socket.emitWithAck('echo', [turn, index])));
        expect(echoed).toEqual(sockets.map((_socket, index) => [turn, index]));
      }
      const heard = Promise.all(sockets.map((socket) => next(socket, 'said')));
      await sockets[0]!.emitWithAck('say', Buffer.from([1, 2, 3]));
      expect(await heard).toEqual(sockets.map(() => [Buffer.from([1, 2, 3])]));
      // Each is where it was.
      expect(await Promise.all(sockets.map((socket) => socket.emitWithAck('who')))).toEqual(pids);
      expect(errors).toEqual([]);
    };

    it.each(transportLists)('serves forty clients over %s without an error', async (_name, transports) => {
      await talk({ transports });
    });

    it.each([[60], [200]])(
      'serves forty clients whose requests share %i connections, as behind a proxy',
      async (maxSockets) => {
        const agent = new Agent({ keepAlive: true, maxSockets });
        try {
          await talk({ transports: ['polling'], agent: agent as never });
        } finally {
          agent.destroy();
        }
      },
    );

    it('leads a later request of a connection to the worker of its session', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const sids = await openSessionEverywhere(workers);
      const first = await ask(workers.url, '/', { agent });
      expect(first).toMatchObject({ status: 200, closes: false });
      for (const sid of sids) {
        const joined = await ask(
          workers.url,
          `/socket.io/?EIO=4&transport=polling&sid=${sid}`,
          { agent, method: 'POST' },
          '40',
        );
        expect(joined).toMatchObject({ status: 200, text: 'ok' });
        expect(await ask(workers.url, `/socket.io/?EIO=4&transport=polling&sid=${sid}`, { agent })).toMatchObject({
          status: 200,
          text: expect.stringMatching(/^40\{"sid":/),
        });
        expect(await ask(workers.url, '/', { agent })).toMatchObject({ status: 200 });
      }
      agent.destroy();
    });

    it('leads an upgrade on a connection that was used before', async () => {
      for (const sid of await openSessionEverywhere(workers)) {
        const socket = connect(Number(new URL(workers.url).port), '127.0.0.1');
        const read = async (pattern: RegExp): Promise<string> => {
          let text = '';
          while (!pattern.test(text)) text += String((await next(socket as never, 'data'))[0]);
          return text;
        };
        socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
        await read(/\}/);
        socket.write(
          `GET /socket.io/?EIO=4&transport=websocket&sid=${sid} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n` +
            'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
        );
        expect(await read(/\r\n\r\n/)).toMatch(/HTTP\/1.1 101/);
        socket.destroy();
      }
    });

    it.each([1, 100_000, 900_000])('loses none of a body of %i bytes', async (length) => {
      for (let turn = 0; turn < 8; turn++) {
        const { text } = await ask(workers.url, '/', { method: 'POST' }, 'x'.repeat(length));
        expect(JSON.parse(text)).toMatchObject({ length });
      }
    });

    it('reads a first line that comes in pieces', async () => {
      const socket = connect(Number(new URL(workers.url).port), '127.0.0.1').setNoDelay(true);
      const answer = next(socket as never, 'data') as Promise<[Buffer]>;
      for (const piece of ['GE', 'T / HT', 'TP/1.1\r', '\nHost: a\r\n\r\n']) {
        await new Promise((resolve) => socket.write(piece, resolve));
        await new Promise(setImmediate);
      }
      expect((await answer)[0].toString()).toMatch(/^HTTP\/1.1 200/);
      socket.destroy();
    });

    it('answers a client that has said all it has to say', async () => {
      const socket = connect(Number(new URL(workers.url).port), '127.0.0.1');
      const answer = next(socket as never, 'data') as Promise<[Buffer]>;
      socket.end('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
      expect((await answer)[0].toString()).toMatch(/^HTTP\/1.1 200/);
    });

    it('has the HTTP server refuse what is no request, and lives on', async () => {
      for (const garbage of ['\x16\x03\x01\x02\x00\x01\r\n', `GET /${'a'.repeat(40_000)} HTTP/1.1\r\n\r\n`]) {
        const socket = connect(Number(new URL(workers.url).port), '127.0.0.1');
        const answer = next(socket as never, 'data') as Promise<[Buffer]>;
        socket.on('error', () => {}).write(garbage, 'latin1');
        expect((await answer)[0].toString()).toMatch(/^HTTP\/1.1 4\d\d/);
        socket.destroy();
      }
      expect((await fetch(workers.url)).status).toBe(200);
    });

    it('tells a client whose session nobody has that it is unknown', async () => {
      for (const sid of ['unknown', 'unknown.zz', 'unknown.1', '..', '%00']) {
        const response = await fetch(`${workers.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`);
        expect([response.status, await response.text()]).toEqual([400, '{"code":1,"message":"Session ID unknown"}']);
      }
    });
  });

  describe('when workers end', () => {
    let workers: Workers | undefined;
    afterEach(async () => {
      await workers?.stop();
      workers = undefined;
    });

    it('starts another, and serves on', async () => {
      workers = await Workers.start({ workers: 2, restartDelay: 1 });
      process.kill(workers.pids[0]!, 'SIGKILL');
      await workers.untilTold('a third worker listens', (told) => listening(told).length === 3);
      const clients = new Clients(() => workers!.url);
      const sockets = await Promise.all(
        Array.from({ length: 8 }, () => clients.connect('/', { transports: ['polling'] })),
      );
      const pids = await Promise.all(sockets.map((socket) => socket.emitWithAck('who')));
      expect(new Set(pids)).toEqual(new Set(workers.pids.slice(1)));
      clients.close();
    });

    it('holds connections while there is none', async () => {
      workers = await Workers.start({ workers: 1, restartDelay: 300 });
      process.kill(workers.pids[0]!, 'SIGKILL');
      await workers.untilTold('it is noticed', (told) => told.some(({ log }) => log?.includes('ended with SIGKILL')));
      expect(((await (await fetch(workers.url)).json()) as { pid: number }).pid).toBe(workers.pids[1]);
    });

    it('waits longer each time, and gives up', async () => {
      workers = Workers.begin({ workers: 1, fails: 'always', restartDelay: 1, maxRestartDelay: 3, maxRestarts: 3 });
      expect(await workers.exited()).toEqual([1, null]);
      const delays = workers.told.flatMap(({ log }) => /in (\d+) ms$/.exec(log ?? '')?.[1] ?? []);
      expect(delays).toEqual(['1', '2', '3']);
      expect(workers.told.at(-1)!.log).toMatch(/^Worker 4 ended with 3, .* not started again$/);
    });

    it('does not count those that were stable', async () => {
      workers = await Workers.start({ workers: 1, restartDelay: 1, maxRestarts: 0, stableAfter: 1 });
      process.kill(workers.pids[0]!, 'SIGKILL');
      workers.untilTold('another listens', (told) => listening(told).length === 2).catch(() => {});
      await workers.untilTold('it is not started again', (told) =>
        told.some(({ log }) => log?.includes('not started')),
      );
      expect(await workers.exited()).toEqual([1, null]);
    });

    it('tells the application when the port is taken', async () => {
      workers = await Workers.start({ workers: 1 });
      const { port } = new URL(workers.url);
      const other = Workers.begin({ workers: 1, listenOn: Number(port), maxRestarts: 0 });
      expect(await other.exited()).toEqual([1, null]);
      expect(other.told).toContainEqual(expect.objectContaining({ failed: 'EADDRINUSE' }));
    });
  });

  describe('when it is asked to end', () => {
    it.each(['SIGTERM', 'SIGINT'] as const)('drains its workers, then ends, on %s', async (signal) => {
      const workers = await Workers.start({ workers: 2 });
      const clients = new Clients(() => workers.url);
      const sockets = await Promise.all([
        clients.connect('/', { transports: ['websocket'] }),
        clients.connect('/', { transports: ['polling'] }),
      ]);
      const gone = Promise.all(sockets.map((socket) => next(socket, 'disconnect')));
      workers.signal(signal);
      expect(await workers.exited()).toEqual([null, signal]);
      expect(new Set(workers.told.flatMap(({ drained }) => drained ?? []))).toEqual(new Set(workers.pids));
      const [[overWebSocket], [overPolling]] = (await gone) as [unknown[], unknown[]];
      expect(overWebSocket).toBe('transport close');
      // Between two polls it finds nobody any more, as with any server that ends.
      expect(['transport close', 'transport error']).toContain(overPolling);
      for (const pid of workers.pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
      clients.close();
    });

    it('kills workers that do not end in shutdownTimeout', async () => {
      const workers = await Workers.start({ workers: 2, shutdownTimeout: 200 });
      process.kill(workers.pids[0]!, 'SIGSTOP');
      workers.signal('SIGTERM');
      expect(await workers.exited()).toEqual([null, 'SIGTERM']);
      expect(workers.told.some(({ log }) => log === 'Workers did not end in 200 ms: they are killed')).toBe(true);
    });

    it('leaves no worker when the primary is killed', async () => {
      const workers = await Workers.start({ workers: 2 });
      workers.signal('SIGKILL');
      await workers.exited();
      const isAlive = (pid: number): boolean => {
        try {
          return process.kill(pid, 0);
        } catch {
          return false;
        }
      };
      for (let turn = 0; workers.pids.some(isAlive) && turn < 500; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      expect(workers.pids.some(isAlive)).toBe(false);
    });
  });

  describe('with a port', () => {
    it('routes that port alone', async () => {
      const port = await freePort();
      for (const listenOn of [port, 0]) {
        const workers = await Workers.start({ workers: 1, port, listenOn });
        expect((await openSession(workers)).includes('.')).toBe(listenOn === port);
        await workers.stop();
      }
    });
  });

  it.each([
    ['workers', 0],
    ['workers', 1.5],
    ['restartDelay', 0],
    ['maxRestartDelay', -1],
    ['maxRestarts', -1],
    ['stableAfter', 0],
    ['shutdownTimeout', Number.NaN],
  ])('refuses %s %p', async (option, value) => {
    await expect(clusterize(() => {}, { [option]: value })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

interface Answer {
  readonly status: number;
  readonly text: string;
  /** Whether its connection ends with it. */
  readonly closes: boolean;
}

/** A request; over a connection of its own, unless the options name an agent. */
function ask(url: string, path: string, options: RequestOptions = {}, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = createRequest(url + path, { agent: false, ...options }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        resolve({ status: response.statusCode!, text, closes: response.headers.connection === 'close' });
      });
    });
    request.on('error', reject).end(body);
  });
}

/** The id of a session over polling, opened over a connection of its own. */
async function openSession({ url }: Workers): Promise<string> {
  const { text } = await ask(url, '/socket.io/?EIO=4&transport=polling');
  return (JSON.parse(text.slice(1)) as { sid: string }).sid;
}

/** The id of a session at each worker. */
async function openSessionEverywhere(workers: Workers): Promise<string[]> {
  const sids = new Map<string, string>();
  while (sids.size < workers.pids.length) {
    const sid = await openSession(workers);
    sids.set(sid.split('.')[1]!, sid);
  }
  return [...sids.values()];
}
