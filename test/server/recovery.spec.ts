import { describe, expect, it } from '@jest/globals';
import { InMemoryAdapter, RecoveringAdapter } from '../../lib/adapter/index.js';
import { SessionLog } from '../../lib/adapter/session-log.js';
import type { ServerOptions, Socket } from '../../lib/server/index.js';
import { startTestServer, type TestServer, type WireClient } from '../../lib/testing/index.js';
import { deferred } from '../support/waiting.js';

const recovery: ServerOptions = { connectionStateRecovery: {} };

interface Joined {
  readonly client: WireClient;
  readonly sid: string;
  readonly pid: string;
}

async function join(server: TestServer, auth?: object): Promise<Joined> {
  const client = await server.connect();
  client.send(`40${auth === undefined ? '' : JSON.stringify(auth)}`);
  const { sid, pid } = JSON.parse(String(await client.next()).slice(2)) as { sid: string; pid: string };
  return { client, sid, pid };
}

/** The next connection that a server announces. */
const connection = (server: TestServer): Promise<Socket> =>
  new Promise((resolve) => {
    server.io.once('connection', resolve as never);
  });

const left = (socket: Socket): Promise<unknown> =>
  new Promise((resolve) => {
    socket.once('disconnect', resolve as never);
  });

/** A client that has joined, had an event, and lost its connection. */
async function interrupted(server: TestServer): Promise<{ sid: string; pid: string; offset: string }> {
  const connecting = connection(server);
  const { client, sid, pid } = await join(server);
  const socket = await connecting;
  server.io.emit('a');
  const offset = offsetOf(await client.next());
  const gone = left(socket);
  await client.close();
  await gone;
  return { sid, pid, offset };
}

/** The offset that an event carries behind its arguments. */
const offsetOf = (packet: string | Buffer): string => (JSON.parse(String(packet).slice(2)) as string[]).at(-1)!;

describe('a client that comes back', () => {
  it('misses nothing that is sent while a middleware thinks about it', async () => {
    const asked = deferred<() => void>();
    await using server = await startTestServer(undefined, { connectionStateRecovery: { skipMiddlewares: false } });
    const { pid, offset } = await interrupted(server);
    server.io.use((_socket, proceed) => asked.resolve(() => proceed()));
    const back = await server.connect();
    back.send(`40${JSON.stringify({ pid, offset })}`);
    const proceed = await asked.promise;
    server.io.emit('meanwhile');
    proceed();
    expect(await back.next()).toMatch(/^42\["meanwhile","/);
    expect(await back.next()).toMatch(/^40/);
  });

  it('is the socket it was: id, rooms, data and every packet it missed, before it is told so', async () => {
    await using server = await startTestServer(undefined, recovery);
    const first = connection(server);
    const { client, sid, pid } = await join(server);
    const socket = await first;
    expect(socket.recovered).toBe(false);
    void socket.join(['room', 'other']);
    socket.data = { name: 'ada' };
    server.io.emit('seen', 1);
    const offset = offsetOf(await client.next());
    const gone = left(socket);
    await client.close();
    await gone;

    server.io.to('room').emit('missed', 1);
    server.io.to(sid).emit('missed', 2);
    server.io.to('elsewhere').emit('not for it', 3);
    server.io.except('other').emit('not for it', 4);
    server.io.volatile.emit('not kept', 5);
    server.io.emit('missed', 6);

    const second = connection(server);
    const back = await server.connect();
    back.send(`40${JSON.stringify({ pid, offset })}`);
    for (const number of [1, 2, 6]) expect(await back.next()).toMatch(new RegExp(`^42\\["missed",${number},"`));
    expect(await back.next()).toBe(`40${JSON.stringify({ sid, pid })}`);
    const recovered = await second;
    expect(recovered).toMatchObject({ id: sid, recovered: true, connected: true, data: { name: 'ada' } });
    expect(recovered.rooms).toEqual(new Set([sid, 'room', 'other']));
    recovered.emit('welcome');
    expect(await back.next()).toMatch(/^42\["welcome","/);
  });

  it('gets what was sent to its socket alone, while it was not there too', async () => {
    await using server = await startTestServer(undefined, recovery);
    const first = connection(server);
    const { client, pid } = await join(server);
    const socket = await first;
    socket.emit('one');
    const offset = offsetOf(await client.next());
    socket.emit('two');
    await client.next();
    const gone = left(socket);
    await client.close();
    await gone;
    const back = await server.connect();
    back.send(`40${JSON.stringify({ pid, offset })}`);
    expect(await back.next()).toMatch(/^42\["two","/);
  });

  it('goes on a second time', async () => {
    await using server = await startTestServer(undefined, recovery);
    let { client, pid, sid } = await join(server);
    server.io.emit('a');
    let offset = offsetOf(await client.next());
    for (let time = 0; time < 2; time++) {
      const gone = left((await server.io.fetchSockets())[0] as unknown as Socket);
      await client.close();
      await gone;
      const id = sid;
      server.io.emit('b', time);
      client = await server.connect();
      client.send(`40${JSON.stringify({ pid, offset })}`);
      const missed = await client.next();
      expect(missed).toMatch(new RegExp(`^42\\["b",${time},`));
      offset = offsetOf(missed);
      ({ sid, pid } = JSON.parse(String(await client.next()).slice(2)) as { sid: string; pid: string });
      expect(sid).toBe(id);
    }
  });

  it.each<[string, (joined: { pid: string; offset: string }) => object]>([
    ['does not know its session', ({ offset }) => ({ pid: 'unknown', offset })],
    ['does not know where it was', ({ pid }) => ({ pid, offset: 'unknown' })],
    ['names an offset ahead of all', ({ pid, offset }) => ({ pid, offset: `${offset.split('.')[0]!}.zz` })],
    ['names no offset', ({ pid }) => ({ pid })],
    ['sends no text', ({ pid }) => ({ pid, offset: 1 })],
  ])('is a new socket when it %s', async (_what, auth) => {
    await using server = await startTestServer(undefined, recovery);
    const { client, sid, pid } = await join(server);
    server.io.emit('a');
    const offset = offsetOf(await client.next());
    await client.close();
    const back = await join(server, auth({ pid, offset }));
    expect(back.sid).not.toBe(sid);
    expect(back.pid).not.toBe(pid);
  });

  it('is a new socket when somebody else has taken the session', async () => {
    await using server = await startTestServer(undefined, recovery);
    const { sid, pid, offset } = await interrupted(server);
    expect((await join(server, { pid, offset })).sid).toBe(sid);
    expect((await join(server, { pid, offset })).sid).not.toBe(sid);
  });

  it.each<[string, (socket: Socket, client: WireClient) => unknown]>([
    ['left on purpose', (_socket, client) => client.send('41')],
    ['was told to go', (socket) => socket.disconnect()],
  ])('is a new socket when it %s', async (_what, leave) => {
    await using server = await startTestServer(undefined, recovery);
    const first = connection(server);
    const { client, sid, pid } = await join(server);
    const socket = await first;
    server.io.emit('a');
    const offset = offsetOf(await client.next());
    const gone = left(socket);
    leave(socket, client);
    await gone;
    expect((await join(server, { pid, offset })).sid).not.toBe(sid);
  });

  it('passes no middlewares, unless skipMiddlewares is off', async () => {
    for (const skipMiddlewares of [true, false]) {
      const seen: boolean[] = [];
      await using server = await startTestServer(
        (io) =>
          io.use((socket, next) => {
            seen.push(socket.recovered);
            next();
          }),
        { connectionStateRecovery: { skipMiddlewares } },
      );
      const { pid, sid, offset } = await interrupted(server);
      expect((await join(server, { pid, offset })).sid).toBe(sid);
      expect(seen).toEqual(skipMiddlewares ? [false] : [false, true]);
    }
  });

  it('may try again when a middleware refuses it', async () => {
    let refuses = false;
    await using server = await startTestServer(
      (io) => io.use((_socket, next) => next(refuses ? new Error('not now') : undefined)),
      { connectionStateRecovery: { skipMiddlewares: false } },
    );
    const { pid, sid, offset } = await interrupted(server);
    refuses = true;
    const refused = await server.connect();
    refused.send(`40${JSON.stringify({ pid, offset })}`);
    expect(await refused.next()).toBe('44{"message":"not now"}');
    refuses = false;
    expect((await join(server, { pid, offset })).sid).toBe(sid);
  });

  it('is told nothing of recovery where it is off, or where the adapter has none', async () => {
    for (const options of [{}, { ...recovery, adapter: InMemoryAdapter }]) {
      await using server = await startTestServer(undefined, options);
      const client = await server.connect();
      client.send('40');
      expect(Object.keys(JSON.parse(String(await client.next()).slice(2)) as object)).toEqual(['sid']);
      server.io.emit('plain', 1);
      expect(await client.next()).toBe('42["plain",1]');
    }
  });

  it('finds its events unnumbered where they wait for an ack or may be lost', async () => {
    await using server = await startTestServer(undefined, recovery);
    const first = connection(server);
    const { client } = await join(server);
    const socket = await first;
    socket.emit('ask', () => {});
    expect(await client.next()).toBe('420["ask"]');
    socket.volatile.emit('volatile');
    expect(await client.next()).toBe('42["volatile"]');
  });
});

const unlimited = { maxSessions: Infinity, maxPackets: Infinity };
const listener = { onSessionLost() {}, onPacketEvicted() {} };

describe('a session log', () => {
  it('keeps sessions and packets for its duration', () => {
    let now = 0;
    const log = new SessionLog({ ...unlimited, maxDisconnectionDuration: 100 }, 'log', listener, () => now);
    const options = { rooms: new Set<string>(), except: new Set<string>(), flags: {} };
    const session = (pid: string) => ({ sid: 's', pid, rooms: ['s'], data: {} });
    const offsets = [0, 50, 90].map((time) => {
      now = time;
      const offset = log.nextOffset();
      log.append(['e', time, offset], options);
      return offset;
    });
    log.persist(session('early'));
    now = 149;
    log.persist(session('late'));
    expect(log.take('late', offsets[1]!)).toMatchObject({ pid: 'late', missedPackets: [['e', 90, offsets[2]]] });
    expect(log.take('late', offsets[1]!)).toBeNull();
    now = 191;
    log.prune();
    expect([log.packetCount, log.sessionCount]).toEqual([0, 0]);
    expect(log.take('early', offsets[2]!)).toBeNull();
    const next = log.nextOffset();
    expect(offsets).not.toContain(next);
  });

  it('stays as small as what is kept', () => {
    let now = 0;
    const log = new SessionLog({ ...unlimited, maxDisconnectionDuration: 100 }, 'log', listener, () => now);
    for (; now < 10_000; now++) {
      log.append(['e', log.nextOffset()], { rooms: new Set(), except: new Set(), flags: {} });
      log.persist({ sid: 's', pid: String(now), rooms: [], data: {} });
    }
    expect(log.packetCount).toBeLessThanOrEqual(201);
    expect(log.sessionCount).toBeLessThanOrEqual(101);
  });
});

describe('the options of recovery', () => {
  it('have to make sense', async () => {
    await expect(
      startTestServer(undefined, { connectionStateRecovery: { maxDisconnectionDuration: 0 } }),
    ).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('bring the adapter that recovers, with the duration that was asked for', async () => {
    await using server = await startTestServer(undefined, { connectionStateRecovery: { maxDisconnectionDuration: 1 } });
    expect(server.io.of('/').adapter).toBeInstanceOf(RecoveringAdapter);
    const { pid, sid, offset } = await interrupted(server);
    const start = Date.now();
    while (Date.now() - start < 3) await new Promise(setImmediate);
    expect((await join(server, { pid, offset })).sid).not.toBe(sid);
  });
});

describe('a kept session', () => {
  it('goes to nobody but its owner, who still finds it', async () => {
    let owner = 'alice';
    await using server = await startTestServer(undefined, { connectionStateRecovery: { owner: () => owner } });
    const { pid, sid, offset } = await interrupted(server);
    owner = 'bob';
    expect((await join(server, { pid, offset })).sid).not.toBe(sid);
    owner = 'alice';
    expect((await join(server, { pid, offset })).sid).toBe(sid);
  });

  it('gives way to newer ones, which is told', async () => {
    await using server = await startTestServer(undefined, { connectionStateRecovery: { maxSessions: 1 } });
    const lost: unknown[] = [];
    server.io.on('recovery_expired', ({ id }, why) => lost.push([id, why]));
    const first = await interrupted(server);
    const second = await interrupted(server);
    expect(lost).toEqual([[first.sid, 'evicted']]);
    expect(server.io.engine.limits.counts.get('maxSessions')).toBe(1);
    expect((await join(server, second)).sid).toBe(second.sid);
  });

  it('ends with its time, which is told once', () => {
    let now = 0;
    const lost: unknown[] = [];
    const told = { ...listener, onSessionLost: ({ sid }: { sid: string }, why: string) => lost.push([sid, why]) };
    const log = new SessionLog({ ...unlimited, maxDisconnectionDuration: 100 }, 'log', told, () => now);
    log.persist({ sid: 'a', pid: 'p', rooms: [], data: {} });
    now = 99;
    log.prune();
    expect(lost).toEqual([]);
    now = 100;
    log.prune();
    log.prune();
    expect(lost).toEqual([['a', 'expired']]);
  });

  it('is of no use to a client whose place among the packets had to go', () => {
    let evicted = 0;
    const told = { ...listener, onPacketEvicted: () => evicted++ };
    const log = new SessionLog({ ...unlimited, maxPackets: 2, maxDisconnectionDuration: 100 }, 'log', told, () => 0);
    const options = { rooms: new Set<string>(), except: new Set<string>(), flags: {} };
    const offsets = ['a', 'b', 'c'].map((name) => {
      const offset = log.nextOffset();
      log.append([name, offset], options);
      return offset;
    });
    expect([log.packetCount, evicted]).toEqual([2, 1]);
    for (const pid of ['early', 'late']) log.persist({ sid: pid, pid, rooms: [], data: {} });
    expect(log.take('early', offsets[0]!)).toBeNull();
    expect(log.take('late', offsets[1]!)).toMatchObject({ missedPackets: [['c', offsets[2]]] });
  });

  it('gets no more time when it is put back', () => {
    let now = 0;
    const log = new SessionLog({ ...unlimited, maxDisconnectionDuration: 100 }, 'log', listener, () => now);
    const offset = log.nextOffset();
    now = 50;
    log.append(['e', offset], { rooms: new Set(), except: new Set(), flags: {} });
    log.persist({ sid: 's', pid: 'p', rooms: [], data: {} });
    now = 100;
    log.persist(log.take('p', offset)!);
    now = 149;
    log.persist(log.take('p', offset)!);
    now = 150;
    expect(log.take('p', offset)).toBeNull();
    expect(log.sessionCount).toBe(0);
  });
});
