import { describe, expect, it } from '@jest/globals';
import { InMemoryAdapter, InMemoryDeliveryLog, type DeliveryLog } from '../../lib/adapter/index.js';
import { Server, type ServerOptions, type Socket } from '../../lib/server/index.js';
import { streamOf } from '../../lib/server/reliable/offsets.js';
import { startTestServer, type TestServer, type WireClient } from '../../lib/testing/index.js';
import { fetchText, handled, ManualPolling, ReportedErrors, until } from './support.js';

type Wire = [event: string, ...args: unknown[]];

/** The event of a packet of the main namespace. */
function eventIn(packet: string | Buffer): Wire {
  return JSON.parse(String(packet).slice(2)) as Wire;
}

interface Marker {
  readonly stream: string;
  readonly offset: string;
}

const room = streamOf('/', 'r');

/** A client that takes part, in the room `r`, and where the streams of its rooms stand. */
async function participant(
  server: TestServer,
  offsets: object = {},
  rooms: readonly string[] = ['r'],
): Promise<{ client: WireClient; socket: Socket; positions: Record<string, [string, number]> }> {
  server.io.once('connection', (socket) => void socket.join(rooms));
  const client = await server.connect();
  const id = await client.join('/', { offsets });
  const socket = server.io.sockets.sockets.get(id)!;
  const [event, positions] = eventIn(await client.next());
  expect(event).toBe('rookery:streams');
  return { client, socket, positions: positions as Record<string, [string, number]> };
}

async function start(reliableDelivery: ServerOptions['reliableDelivery'] = true, more: ServerOptions = {}) {
  return startTestServer(undefined, { reliableDelivery, ...more });
}

/** Emits numbered events to the room `r`. */
async function emit(server: TestServer, from: number, to: number): Promise<void> {
  for (let value = from; value <= to; value++) await server.io.to('r').emitReliable('news', value);
}

async function nextEvents(client: WireClient, count: number): Promise<Wire[]> {
  const events: Wire[] = [];
  while (events.length < count) events.push(eventIn(await client.next()));
  return events;
}

/** Nothing but this comes before an event that is sent now. */
async function rest(client: WireClient, socket: Socket): Promise<Wire[]> {
  await handled({ client, socket });
  // What was asked for is on its way once the log has nothing to say any more.
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  socket.emit('the end');
  const events: Wire[] = [];
  for (;;) {
    const event = eventIn(await client.next());
    if (event[0] === 'the end') return events;
    events.push(event);
  }
}

describe('an event that is emitted reliably', () => {
  it('arrives with its stream and its offset behind its arguments', async () => {
    await using server = await start();
    const { client } = await participant(server);
    await server.io.to('r').emitReliable('news', 'a', { b: 1 });
    await server.io.to('r').emitReliable('news', 'c');
    const [[, a, b, first], [, c, second]] = (await nextEvents(client, 2)) as [Wire, Wire];
    expect([a, b, c]).toEqual(['a', { b: 1 }, 'c']);
    expect((first as Marker).stream).toBe(room);
    expect((first as Marker).offset).toMatch(/^\d+:1$/);
    expect(second).toEqual({ stream: room, offset: (first as Marker).offset.replace(/:1$/, ':2') });
  });

  it('reaches clients that take no part, too', async () => {
    await using server = await start();
    server.io.on('connection', (socket) => void socket.join('r'));
    const client = await server.connect();
    await client.join();
    await server.io.to('r').emitReliable('news', 1);
    expect(eventIn(await client.next())).toEqual(['news', 1, { stream: room, offset: expect.any(String) }]);
  });

  it('never names a room', async () => {
    await using server = await start();
    const { client, positions } = await participant(server, {}, ['a secret name']);
    await server.io.to('a secret name').emitReliable('news');
    const seen = JSON.stringify([positions, eventIn(await client.next())]);
    expect(seen).not.toContain('secret');
    expect(Object.keys(positions)).toContain(streamOf('/', 'a secret name'));
    expect(streamOf('/', 'a')).not.toBe(streamOf('/a', ''));
  });

  it('is what it was when it was emitted', async () => {
    await using server = await start();
    const { client } = await participant(server);
    const value = { count: 1 };
    const emitting = server.io.to('r').emitReliable('news', value);
    value.count = 2;
    await emitting;
    expect((await nextEvents(client, 1))[0]![1]).toEqual({ count: 1 });
  });

  it('carries bytes', async () => {
    await using server = await start();
    await server.io.to('r').emitReliable('file', Buffer.from([1, 2, 3]));
    server.io.once('connection', (socket) => void socket.join('r'));
    const client = await server.connect();
    await client.join('/', { offsets: { [room]: '0:0' } });
    // Where its own room stands, and where this one begins.
    expect([eventIn(await client.next())[0], eventIn(await client.next())[0]]).toEqual(
      Array(2).fill('rookery:streams'),
    );
    const packets = [await client.next(), await client.next()];
    expect(String(packets[0])).toContain('["file",{"_placeholder":true,"num":0},{"stream"');
    expect(packets[1]).toEqual(Buffer.from([1, 2, 3]));
  });

  it('goes to each room once, with an offset of each', async () => {
    await using server = await start();
    const { client } = await participant(server, {}, ['r', 's']);
    await server.io.to(['r', 's']).emitReliable('news');
    const markers = (await nextEvents(client, 2)).map((event) => (event.at(-1) as Marker).stream);
    expect(markers.sort()).toEqual([room, streamOf('/', 's')].sort());
  });

  it('reaches every namespace of a parent', async () => {
    await using server = await start();
    const parent = server.io.of(/^\/c\d$/);
    parent.on('connection', (socket) => void socket.join('r'));
    const client = await server.connect();
    await client.join('/c1');
    await client.join('/c2');
    await parent.to('r').emitReliable('news', 1);
    const packets = [String(await client.next()), String(await client.next())].sort();
    expect(packets[0]).toContain(`42/c1,["news",1,{"stream":"${streamOf('/c1', 'r')}"`);
    expect(packets[1]).toContain(`42/c2,["news",1,{"stream":"${streamOf('/c2', 'r')}"`);
  });

  it.each<[string, (io: Server) => Promise<void>, string]>([
    ['without a room', (io) => io.sockets.except('x').emitReliable('a'), 'INVALID_DELIVERY'],
    ['with except', (io) => io.to('r').except('x').emitReliable('a'), 'INVALID_DELIVERY'],
    ['volatile', (io) => io.to('r').volatile.emitReliable('a'), 'INVALID_DELIVERY'],
    ['local', (io) => io.to('r').local.emitReliable('a'), 'INVALID_DELIVERY'],
    ['with a callback', (io) => io.to('r').emitReliable('a', () => {}), 'INVALID_DELIVERY'],
    ['with a reserved name', (io) => io.to('r').emitReliable('connect'), 'INVALID_EVENT_NAME'],
    ['with what JSON cannot hold', (io) => io.to('r').emitReliable('a', 1n), 'NOT_SERIALIZABLE'],
  ])('is refused %s', async (_how, emitIt, code) => {
    await using server = await start();
    await expect(emitIt(server.io)).rejects.toMatchObject({ code });
  });

  it('is refused where the option is off, and where the adapter keeps nothing', async () => {
    await using off = await startTestServer();
    await expect(off.io.to('r').emitReliable('a')).rejects.toMatchObject({ code: 'DELIVERY_OFF' });
    class Forgetful extends InMemoryAdapter {
      override openDeliveryLog(): undefined {}
    }
    await using forgetful = await start(true, { adapter: Forgetful });
    await expect(forgetful.io.to('r').emitReliable('a')).rejects.toMatchObject({ code: 'DELIVERY_OFF' });
  });

  it('is refused, and sent to nobody, when the log does not keep it', async () => {
    await using server = await start(true, { adapter: WithFailingLog });
    const { client, socket } = await participant(server);
    WithFailingLog.fails = true;
    const emitting = server.io.to('r').emitReliable('news');
    await expect(emitting).rejects.toMatchObject({ code: 'DELIVERY_FAILED', cause: new Error('no log') });
    WithFailingLog.fails = false;
    expect(await rest(client, socket)).toEqual([]);
  });

  it.each([0, -1, Number.NaN, 'x'])('needs limits above 0, not %s', (limit) => {
    for (const name of ['maxAge', 'maxMessagesPerStream', 'maxMessages', 'maxStreamsPerSocket']) {
      expect(() => new Server({ reliableDelivery: { [name]: limit } })).toThrow(`reliableDelivery.${name}`);
    }
  });

  it('is told from one that only looks like it, whose argument came from a client', async () => {
    await using server = await start();
    const { client, socket } = await participant(server);
    const forged = { stream: room, offset: '1:1' };
    server.io.to('r').emit('chat', forged);
    server.io.to('r').emit('chat', forged, 'a text');
    socket.emit('chat', forged);
    server.io.emit('chat', { stream: room });
    expect(await nextEvents(client, 4)).toEqual([
      ['chat', forged, null],
      ['chat', forged, 'a text', null],
      ['chat', forged, null],
      ['chat', { stream: room }],
    ]);
  });
});

describe('the event that tells where streams stand', () => {
  it('is not emitted by an application, whose client may have chosen the name', async () => {
    await using server = await start();
    const { socket } = await participant(server);
    const refused = expect.objectContaining({ code: 'INVALID_EVENT_NAME' });
    const forged = { [room]: ['9999999999999:0', 0] };
    expect(() => server.io.to('r').emit('rookery:streams', forged)).toThrow(refused);
    expect(() => socket.emit('rookery:streams', forged)).toThrow(refused);
    await expect(server.io.to('r').emitReliable('rookery:streams', forged)).rejects.toEqual(refused);
    await using other = await startTestServer();
    expect(other.io.emit('rookery:streams', {})).toBe(true);
  });
});

/** Its log works when it is told to. */
class WithFailingLog extends InMemoryAdapter {
  static fails = false;

  override openDeliveryLog(...[limits]: Parameters<InMemoryAdapter['openDeliveryLog']>): DeliveryLog {
    const log = new InMemoryDeliveryLog(limits);
    const orFail =
      <Args extends unknown[], Result>(act: (...args: Args) => Promise<Result>) =>
      (...args: Args): Promise<Result> =>
        WithFailingLog.fails ? Promise.reject(new Error('no log')) : act(...args);
    return {
      append: orFail((stream: string, data: unknown[]) => log.append(stream, data)),
      heads: orFail((streams: readonly string[]) => log.heads(streams)),
      read: orFail((...args: Parameters<DeliveryLog['read']>) => log.read(...args)),
      close: () => log.close(),
    };
  }
}

describe('a client that takes part', () => {
  it('is told where the streams of its rooms stand, and gets nothing old of one that it has never heard of', async () => {
    await using server = await start();
    await emit(server, 1, 3);
    const { client, socket, positions } = await participant(server);
    expect(positions[room]).toEqual([expect.stringMatching(/^\d+:3$/), 0]);
    expect(positions[streamOf('/', socket.id)]).toEqual(['0:0', 0]);
    expect(await rest(client, socket)).toEqual([]);
  });

  it('gets everything that is kept where the option says so', async () => {
    await using server = await start({ newcomers: (name) => (name === 'r' ? 'all' : 'none'), maxMessagesPerStream: 3 });
    await emit(server, 1, 5);
    const { client } = await participant(server);
    const events = await nextEvents(client, 4);
    expect(events[0]).toEqual(['rookery:streams', { [room]: [expect.stringMatching(/:2$/), 0] }]);
    expect(events.slice(1).map(([, value]) => value)).toEqual([3, 4, 5]);
  });

  it('gets what it has missed, in order and page by page, and is told no position it knows', async () => {
    await using server = await start();
    await server.io.to('r').emitReliable('news', 1);
    const { client: first, positions } = await participant(server);
    const [offset] = positions[room]!;
    await first.close();
    await emit(server, 2, 351);
    const { client, socket, positions: others } = await participant(server, { [room]: offset });
    expect(Object.keys(others)).toEqual([streamOf('/', socket.id)]);
    const events = await nextEvents(client, 350);
    expect(events.map(([, value]) => value)).toEqual(Array.from({ length: 350 }, (_, index) => index + 2));
    expect((events.at(-1)!.at(-1) as Marker).offset).toBe(offset.replace(/:1$/, ':351'));
    expect(await rest(client, socket)).toEqual([]);
  });

  it.each<[string, (epoch: number) => string, number, string]>([
    ['is kept no more', (epoch) => `${epoch}:2`, 5, ':7'],
    ['is of an earlier epoch', (epoch) => `${epoch - 1}:9`, -1, ':7'],
    ['is of a later epoch', (epoch) => `${epoch + 1}:9`, -1, ':7'],
    ['was nothing, of a stream that was empty', () => '0:0', 7, ':7'],
  ])('is told what is lost when what it has %s', async (_what, offsetIn, lost, position) => {
    await using server = await start({ maxMessagesPerStream: 3 });
    await emit(server, 1, 10);
    const { client: first, positions } = await participant(server);
    const epoch = Number(positions[room]![0].split(':')[0]);
    await first.close();
    const { client } = await participant(server, { [room]: offsetIn(epoch) });
    const [told, ...events] = await nextEvents(client, 4);
    expect(told).toEqual(['rookery:streams', { [room]: [`${epoch}${position}`, lost] }]);
    expect(events.map(([, value]) => value)).toEqual([8, 9, 10]);
  });

  it('is told that the stream stands before what it has, when the log has lost its end', async () => {
    await using server = await start();
    await emit(server, 1, 2);
    const { client, positions } = await participant(server);
    const [offset] = positions[room]!;
    client.send(`42["rookery:replay",{"${room}":"${offset.replace(/:2$/, ':9')}"}]`);
    expect(eventIn(await client.next())).toEqual(['rookery:streams', { [room]: [offset, -1] }]);
  });

  it('is told of rooms that it joins later, all of one turn at once', async () => {
    await using server = await start();
    await server.io.to('s').emitReliable('news');
    const { client, socket } = await participant(server);
    void socket.join('s');
    void socket.join('t');
    expect(eventIn(await client.next())).toEqual([
      'rookery:streams',
      { [streamOf('/', 's')]: [expect.stringMatching(/:1$/), 0], [streamOf('/', 't')]: ['0:0', 0] },
    ]);
  });

  it('gets what it asks for again', async () => {
    await using server = await start();
    const { client, socket } = await participant(server);
    await emit(server, 1, 5);
    const offset = (((await nextEvents(client, 5))[1] as Wire)[2] as Marker).offset;
    client.send(`42["rookery:replay",{"${room}":"${offset}"}]`);
    expect((await nextEvents(client, 3)).map(([, value]) => value)).toEqual([3, 4, 5]);
    expect(await rest(client, socket)).toEqual([]);
  });

  it('is told of the rooms that a recovered session brings back', async () => {
    await using server = await start(true, { connectionStateRecovery: {} });
    const first = await server.connect();
    first.send('40');
    const { sid, pid } = JSON.parse(String(await first.next()).slice(2)) as { sid: string; pid: string };
    void server.io.sockets.sockets.get(sid)!.join('r');
    server.io.emit('seen');
    const [, offset] = eventIn(await first.next());
    const left = new Promise((resolve) => {
      server.io.sockets.sockets.get(sid)!.once('disconnect', resolve);
    });
    await first.close();
    await left;
    await server.io.to('r').emitReliable('news', 1);
    const second = await server.connect();
    second.send(`40${JSON.stringify({ pid, offset, offsets: {} })}`);
    // What the recovery brings, that it is there, and where the streams stand.
    expect(eventIn(await second.next()).slice(0, 2)).toEqual(['news', 1]);
    expect(JSON.parse(String(await second.next()).slice(2))).toMatchObject({ sid });
    const [event, positions] = eventIn(await second.next());
    expect(event).toBe('rookery:streams');
    expect((positions as Record<string, unknown>)[room]).toEqual([expect.stringMatching(/:1$/), 0]);
  });

  it('may take part from later on', async () => {
    await using server = await start();
    await emit(server, 1, 2);
    server.io.once('connection', (socket) => void socket.join('r'));
    const client = await server.connect();
    const id = await client.join();
    client.send('42["rookery:replay",{}]');
    const [event, positions] = eventIn(await client.next());
    expect(event).toBe('rookery:streams');
    expect(Object.keys(positions as object).sort()).toEqual([room, streamOf('/', id)].sort());
  });

  it('is asked for neither by middlewares nor by listeners', async () => {
    await using server = await start();
    const { client, socket } = await participant(server);
    const seen: unknown[] = [];
    socket.use(([event], next) => {
      seen.push(event);
      next();
    });
    socket.onAny((event) => seen.push(event));
    socket.on('rookery:replay', (event) => seen.push(event));
    client.send('42["rookery:replay",{}]');
    client.send('42["a"]');
    await until(() => seen.length > 0);
    expect(new Set(seen)).toEqual(new Set(['a']));
  });

  it('asks an application that has not turned it on like any other event', async () => {
    await using server = await startTestServer();
    const asked = new Promise((resolve) => {
      server.io.once('connection', (socket) => void socket.on('rookery:replay', resolve));
    });
    const client = await server.connect();
    await client.join('/', { offsets: 'whatever' });
    client.send('42["rookery:replay",1]');
    expect(await asked).toBe(1);
  });

  it('gets nothing of rooms that it is not in, whatever it says', async () => {
    await using server = await start();
    await server.io.to('others').emitReliable('news', 'secret');
    const others = streamOf('/', 'others');
    const { client, socket, positions } = await participant(server, { [others]: '0:0', [streamOf('/', 'x')]: '1:1' });
    expect(Object.keys(positions)).not.toContain(others);
    client.send(`42["rookery:replay",{"${others}":"0:0"}]`);
    client.send(`42["rookery:replay",{"${others}":"1:1"}]`);
    expect(await rest(client, socket)).toEqual([]);
  });

  it('gets nothing any more of a room that it was made to leave', async () => {
    await using server = await start();
    const { client, socket } = await participant(server);
    await emit(server, 1, 1);
    const [[, , marker]] = (await nextEvents(client, 1)) as [Wire];
    server.io.in(socket.id).socketsLeave('r');
    await emit(server, 2, 3);
    client.send(`42["rookery:replay",{"${room}":"${(marker as Marker).offset}"}]`);
    expect(await rest(client, socket)).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['a text', 'x'],
    ['null', null],
    ['a list', []],
    ['a stream of another length', { short: '0:0' }],
    ['a stream of other characters', { 'AAAAAAAAAAAAAAA!': '0:0' }],
    ['an offset without a number', { [room]: '12' }],
    ['an offset that is none', { [room]: 'a:b' }],
    ['an offset below zero', { [room]: '-1:2' }],
    ['an offset no number can hold', { [room]: '9999999999999999:1' }],
    ['an offset that is a number', { [room]: 3 }],
    ['more streams than it may', Object.fromEntries([1, 2, 3].map((each) => [streamOf('/', `${each}`), '0:0']))],
  ])('is not let in with %s as its offsets', async (_what, offsets) => {
    await using server = await start({ maxStreamsPerSocket: 2 });
    const client = await server.connect();
    client.send(`40${JSON.stringify({ offsets })}`);
    expect(await client.next()).toMatch(/^44\{"message":"Invalid offsets: /);
    // Asked for later, it counts as nothing.
    await client.join();
    client.send(`42${JSON.stringify(['rookery:replay', offsets])}`);
    client.send('42["rookery:replay",{}]');
    expect(eventIn(await client.next())[0]).toBe('rookery:streams');
  });

  it('is looked at again once a log is back that could not be reached', async () => {
    const errors = new ReportedErrors();
    await using server = await start(true, { adapter: WithFailingLog, onError: errors.onError });
    WithFailingLog.fails = true;
    server.io.once('connection', (socket) => void socket.join('r'));
    const client = await server.connect({ timeout: 10_000 });
    await client.join('/', { offsets: {} });
    expect(await errors.first(1)).toEqual([
      { error: new Error('no log'), event: 'reliableDelivery', socket: expect.anything() },
    ]);
    WithFailingLog.fails = false;
    expect(eventIn(await client.next())).toEqual(['rookery:streams', expect.objectContaining({ [room]: ['0:0', 0] })]);
  });

  it('is reported where `newcomers` throws, and gets nothing old', async () => {
    const errors = new ReportedErrors();
    const newcomers = (): never => {
      throw new Error('which?');
    };
    await using server = await start({ newcomers }, { onError: errors.onError });
    await emit(server, 1, 2);
    const { positions } = await participant(server);
    expect(positions[room]).toEqual([expect.stringMatching(/:2$/), 0]);
    expect(errors.all[0]).toMatchObject({ error: new Error('which?'), event: 'newcomers' });
  });
});

describe('a client that reads slowly', () => {
  it('is sent no more of what it has missed than its connection holds', async () => {
    await using server = await start(true, { maxBufferedBytes: 200_000, maxBufferedPackets: 100 });
    for (let value = 0; value < 1_000; value++) {
      await server.io.to('r').emitReliable('news', value, 'x'.repeat(10_000));
    }
    server.io.once('connection', (socket) => void socket.join('r'));
    const session = await ManualPolling.open(server);
    await session.post(`40${JSON.stringify({ offsets: { [room]: '0:0' } })}`);
    const values: unknown[] = [];
    let longest = 0;
    while (values.length < 1_000) {
      const packets = (await fetchText(session.url)).split('\x1e').filter((packet) => packet.startsWith('42["news"'));
      longest = Math.max(longest, packets.length);
      values.push(...packets.map((packet) => eventIn(packet)[1]));
    }
    expect(values).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
    // 64 kB and what one message is more.
    expect(longest).toBeLessThan(10);
  });

  it('that asks again and again is served one thing at a time', async () => {
    const reads = { open: 0, most: 0, all: 0 };
    class Counting extends InMemoryAdapter {
      override openDeliveryLog(...[limits]: Parameters<InMemoryAdapter['openDeliveryLog']>): DeliveryLog {
        const log = new InMemoryDeliveryLog(limits);
        const read: DeliveryLog['read'] = async (...args) => {
          reads.all++;
          reads.most = Math.max(reads.most, ++reads.open);
          await new Promise(setImmediate);
          reads.open--;
          return log.read(...args);
        };
        return {
          append: (stream, data) => log.append(stream, data),
          heads: (streams) => log.heads(streams),
          read,
          close: () => log.close(),
        };
      }
    }
    await using server = await start(true, { adapter: Counting });
    await emit(server, 1, 5);
    const { client, socket } = await participant(server);
    for (let time = 0; time < 500; time++) client.send(`42["rookery:replay",{"${room}":"0:0"}]`);
    await rest(client, socket);
    expect(reads.most).toBe(1);
    expect(reads.all).toBeGreaterThan(0);
    expect(reads.all).toBeLessThan(500);
  });

  it('counts its questions as events', async () => {
    await using server = await start(true, { eventRate: { perSecond: 1, burst: 5 } });
    const { client, socket } = await participant(server);
    const left = new Promise((resolve) => {
      socket.once('disconnect', resolve);
    });
    for (let time = 0; time < 20; time++) client.send('42["rookery:replay",{}]');
    expect(await left).toBe('rate limit');
  });
});
