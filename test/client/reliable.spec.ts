import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { io as publishedIo } from 'socket.io-client';
import { InMemoryAdapter, type BroadcastOptions } from '../../lib/adapter/index.js';
import {
  io,
  receiveReliably,
  type DefaultEventsMap,
  type IoOptions,
  type LostMessages,
  type Manager,
  type OffsetStorage,
  type ReceptionOptions,
  type ReliableReception,
  type Socket,
} from '../../lib/client/node/index.js';
import type { Packet } from '../../lib/protocol/index.js';
import { Server, type ServerOptions } from '../../lib/server/index.js';
import { streamOf } from '../../lib/server/reliable/offsets.js';
import { HarmfulProxy } from '../support/harmful-proxy.js';
import { startServer, type RunningServer } from './pairs.js';

const stream = streamOf('/', 'r');
const quick = { reconnectionDelay: 1, reconnectionDelayMax: 20, randomizationFactor: 0 };

/** Resolves once a condition holds, however long a busy machine takes. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** A client, its reception, and the values of the event `news` as its listener got them. */
class Reader {
  readonly socket: Socket<DefaultEventsMap, DefaultEventsMap, Manager>;
  readonly reception: ReliableReception;
  readonly got: unknown[][] = [];
  readonly lost: LostMessages[] = [];
  connects = 0;

  constructor(url: string, options: ReceptionOptions = {}, client: IoOptions = {}) {
    this.socket = io(url, { forceNew: true, transports: ['websocket'], ...quick, ...client });
    this.reception = receiveReliably(this.socket, { onLost: (lost) => this.lost.push(lost), ...options });
    this.socket.on('news', (...args) => void this.got.push(args));
    this.socket.on('connect', () => void this.connects++);
  }

  get values(): unknown[] {
    return this.got.map(([value]) => value);
  }

  /** Resolves once it knows where the stream stands. */
  async placed(): Promise<this> {
    await until(() => this.reception.offsets[stream] !== undefined);
    return this;
  }

  end(): void {
    this.reception.stop();
    this.socket.disconnect();
  }
}

class MemoryStorage implements OffsetStorage {
  readonly items = new Map<string, string>();
  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }
}

/** Loses broadcasts on their way, when it is told to. */
class LossyAdapter extends InMemoryAdapter {
  static loses: (count: number) => boolean = () => false;
  #count = 0;

  override broadcast(packet: Packet, options: BroadcastOptions): Promise<void> | void {
    if (!LossyAdapter.loses(++this.#count)) return super.broadcast(packet, options);
  }
}

describe('receiveReliably()', () => {
  const ending: (() => Promise<void> | void)[] = [];

  afterEach(async () => {
    LossyAdapter.loses = () => false;
    for (const end of ending.splice(0).reverse()) await end();
  });

  async function serve(options: ServerOptions = {}, port = 0): Promise<RunningServer> {
    const server = await startServer(Server, { reliableDelivery: true, ...options }, port);
    ending.push(() => server.close());
    server.io.on('connection', (socket) => void socket.join('r'));
    return server;
  }

  function read(url: string, options?: ReceptionOptions, client?: IoOptions): Reader {
    const reader = new Reader(url, options, client);
    ending.push(() => reader.end());
    return reader;
  }

  const emit = async (server: RunningServer, from: number, to: number): Promise<void> => {
    for (const value of numbers(from, to)) await server.io.to('r').emitReliable('news', value);
  };
  /** The connection ends; resolves once the client has noticed. */
  const interrupt = async (reader: Reader): Promise<void> => {
    const left = new Promise((resolve) => {
      reader.socket.once('disconnect', resolve);
    });
    reader.socket.io.engine.close();
    await left;
  };

  describe.each(['websocket', 'polling'])('over %s', (transport) => {
    it('hands events on as they were emitted, without their marker', async () => {
      const server = await serve();
      const reader = await read(server.url, {}, { transports: [transport] }).placed();
      await server.io.to('r').emitReliable('news', 'text', { a: [1] }, Buffer.from([1, 2]));
      await server.io.to('r').emitReliable('news');
      server.io.to('r').emit('news', 'ordinary');
      await until(() => reader.got.length === 3);
      const [[text, object, bytes], ...others] = reader.got as [unknown[], ...unknown[][]];
      expect([text, object, Buffer.from(bytes as Uint8Array), reader.got[0]!.length]).toEqual([
        'text',
        { a: [1] },
        Buffer.from([1, 2]),
        3,
      ]);
      expect(others).toEqual([[], ['ordinary']]);
    });

    it('gets what came while it was away, in order and once', async () => {
      const server = await serve();
      const reader = await read(server.url, {}, { transports: [transport] }).placed();
      await emit(server, 1, 3);
      await until(() => reader.got.length === 3);
      for (const round of [1, 2, 3]) {
        await interrupt(reader);
        await emit(server, round * 250 - 246, round * 250 + 3);
        await until(() => reader.got.length >= round * 250 + 3);
      }
      await emit(server, 754, 755);
      await until(() => reader.got.length >= 755);
      expect(reader.values).toEqual(numbers(1, 755));
      expect(reader.lost).toEqual([]);
    });
  });

  it('gets nothing from before it joined, unless the server says so', async () => {
    const server = await serve({ reliableDelivery: { newcomers: (room) => (room === 'inbox' ? 'all' : 'none') } });
    server.io.on('connection', (socket) => void socket.join('inbox'));
    await emit(server, 1, 2);
    await server.io.to('inbox').emitReliable('news', 'kept');
    const reader = await read(server.url).placed();
    await emit(server, 3, 3);
    await until(() => reader.got.length === 2);
    expect(reader.values.sort()).toEqual([3, 'kept']);
  });

  it('goes on behind what it had when the page is loaded again', async () => {
    const server = await serve();
    const storage = new MemoryStorage();
    const first = await read(server.url, { storage }).placed();
    await emit(server, 1, 3);
    await until(() => first.got.length === 3);
    first.end();
    expect(JSON.parse(storage.items.get('rookery:/')!)).toMatchObject({ [stream]: expect.stringMatching(/:3$/) });
    await emit(server, 4, 6);
    const second = read(server.url, { storage });
    await until(() => second.got.length === 3);
    expect(second.values).toEqual([4, 5, 6]);
  });

  it('keeps what was had only once the listeners have run', async () => {
    const server = await serve();
    const storage = new MemoryStorage();
    const reader = await read(server.url, { storage, storageKey: 'mine' }).placed();
    await until(() => storage.items.has('mine'));
    let seen: string | undefined;
    reader.socket.on('news', () => {
      seen = storage.items.get('mine');
    });
    await emit(server, 1, 1);
    await until(() => storage.items.get('mine')!.includes(':1"'));
    expect(seen).not.toContain(':1"');
  });

  it.each<[string, Partial<OffsetStorage>]>([
    ['throws', { getItem: () => { throw new Error('no') }, setItem: () => { throw new Error('no') } }],
    ['holds no JSON', { getItem: () => '{', setItem: () => {} }],
    ['holds null', { getItem: () => 'null', setItem: () => {} }],
    ['holds strange offsets', { getItem: () => `{"${stream}":7,"short":"1:1","x":null}`, setItem: () => {} }],
  ])('begins anew where its storage %s', async (_what, storage) => {
    const server = await serve();
    const reader = await read(server.url, { storage: storage as OffsetStorage }).placed();
    await emit(server, 1, 1);
    await until(() => reader.got.length === 1);
  }); // prettier-ignore

  it('gets each of a thousand events once and in order where the bus loses every third', async () => {
    const server = await serve({ adapter: LossyAdapter });
    const reader = await read(server.url).placed();
    LossyAdapter.loses = (count) => count % 3 === 0;
    await emit(server, 1, 1_000);
    await until(() => reader.got.length >= 1_000);
    expect(reader.values).toEqual(numbers(1, 1_000));
  });

  it('finds a tail that the bus has lost when it checks', async () => {
    const server = await serve({ adapter: LossyAdapter });
    const reader = await read(server.url, { checkInterval: 50 }).placed();
    await emit(server, 1, 1);
    LossyAdapter.loses = () => true;
    await emit(server, 2, 3);
    await until(() => reader.got.length >= 3);
    expect(reader.values).toEqual([1, 2, 3]);
  });

  it('is told of messages that were kept no more', async () => {
    const server = await serve({ reliableDelivery: { maxMessagesPerStream: 3 } });
    const reader = await read(server.url).placed();
    await emit(server, 1, 1);
    await until(() => reader.got.length === 1);
    await interrupt(reader);
    await emit(server, 2, 10);
    await until(() => reader.got.length >= 4);
    expect(reader.values).toEqual([1, 8, 9, 10]);
    expect(reader.lost).toEqual([{ stream, count: 6 }]);
  });

  it('goes on with the later epoch of a server that has started again', async () => {
    const first = await startServer(Server, { reliableDelivery: true });
    first.io.on('connection', (socket) => void socket.join('r'));
    const reader = await read(first.url).placed();
    await emit(first, 1, 5);
    await until(() => reader.got.length === 5);
    await first.close();
    const second = await serve({}, Number(new URL(first.url).port));
    await emit(second, 6, 8);
    await until(() => reader.got.length >= 8);
    await emit(second, 9, 9);
    await until(() => reader.got.length >= 9);
    expect(reader.values).toEqual(numbers(1, 9));
    // What the first one had kept is gone: nobody knows whether there was more.
    expect(reader.lost).toEqual([{ stream, count: -1 }]);
  });

  it('gets nothing of a room that it was made to leave, and what it missed when it is back', async () => {
    const server = await serve();
    const reader = await read(server.url, { checkInterval: 20 }).placed();
    await emit(server, 1, 1);
    await until(() => reader.got.length === 1);
    server.io.in(reader.socket.id!).socketsLeave('r');
    await emit(server, 2, 3);
    server.io.emit('news', 'last');
    await until(() => reader.values.includes('last'));
    expect(reader.values).toEqual([1, 'last']);
    server.io.in(reader.socket.id!).socketsJoin('r');
    await until(() => reader.got.length >= 4);
    expect(reader.values).toEqual([1, 'last', 2, 3]);
  });

  it('counts an event as had by a listener that throws, and hands the next one on', async () => {
    const server = await serve({ adapter: LossyAdapter });
    const reader = await read(server.url).placed();
    const receive = reader.socket.onPacket.bind(reader.socket);
    const errors: unknown[] = [];
    reader.socket.onPacket = (packet) => {
      try {
        receive(packet);
      } catch (error) {
        errors.push(error);
      }
    };
    reader.socket.on('news', (value) => {
      throw new Error(`at ${value}`);
    });
    // The first is held back, so that two are handed on at once.
    LossyAdapter.loses = (count) => count === 1;
    await emit(server, 1, 3);
    await until(() => reader.got.length >= 3);
    expect(reader.values).toEqual([1, 2, 3]);
    expect(errors).toContainEqual(new Error('at 1'));
    await interrupt(reader);
    await emit(server, 4, 4);
    await until(() => reader.got.length >= 4);
    expect(reader.values).toEqual([1, 2, 3, 4]);
  });

  it('takes a socket that is connected already', async () => {
    const server = await serve();
    const socket = io(server.url, { forceNew: true, transports: ['websocket'], ...quick });
    ending.push(() => void socket.disconnect());
    await new Promise<void>((resolve) => {
      socket.once('connect', resolve);
    });
    const reception = receiveReliably(socket);
    ending.push(() => reception.stop());
    const values: unknown[] = [];
    socket.on('news', (...args) => values.push(args));
    await until(() => reception.offsets[stream] !== undefined);
    await emit(server, 1, 1);
    await until(() => values.length === 1);
    expect(values).toEqual([[1]]);
  });

  it('leaves the socket as it was when it is stopped', async () => {
    const server = await serve();
    const auth = { token: 'a' };
    const reader = await read(server.url, {}, { auth }).placed();
    expect(reader.socket.auth).toBe(auth);
    reader.reception.stop();
    await emit(server, 1, 1);
    await until(() => reader.got.length === 1);
    expect(reader.got[0]).toEqual([1, { stream, offset: expect.stringMatching(/:1$/) }]);
  });

  it.each<[string, IoOptions['auth']]>([
    ['an object', { token: 'a' }],
    ['a function', (send) => setTimeout(() => send({ token: 'a' }), 1)],
  ])('sends what the application sends to be let in, as %s', async (_what, auth) => {
    const server = await serve();
    const seen = new Promise((resolve) => {
      server.io.once('connection', (socket) => resolve(socket.handshake.auth));
    });
    read(server.url, {}, { auth });
    expect(await seen).toEqual({ token: 'a', offsets: {} });
  });

  it('gets nothing twice together with connection state recovery, reliable or not', async () => {
    const server = await serve({ connectionStateRecovery: {}, adapter: undefined });
    const reader = await read(server.url).placed();
    const emitBoth = async (from: number, to: number): Promise<void> => {
      for (const value of numbers(from, to)) {
        await server.io.to('r').emitReliable('news', value);
        server.io.to('r').emit('plain', value);
      }
    };
    const plain: unknown[] = [];
    reader.socket.on('plain', (value) => plain.push(value));
    await emitBoth(1, 10);
    for (const end of [20, 30, 40]) {
      await until(() => plain.length >= end - 10 && reader.got.length >= end - 10);
      await interrupt(reader);
      await emitBoth(end - 9, end);
      await until(() => reader.connects > end / 10 - 1);
      expect(reader.socket.recovered).toBe(true);
    }
    await until(() => plain.length >= 40 && reader.got.length >= 40);
    expect(plain).toEqual(numbers(1, 40));
    expect(reader.values).toEqual(numbers(1, 40));
    expect(reader.got.every((args) => args.length === 1)).toBe(true);
  });

  it('comes back with the offset of what came last, held back or dropped or ending with a text', async () => {
    const server = await serve({ connectionStateRecovery: {} });
    const reader = await read(server.url).placed();
    const { adapter } = server.io.sockets;
    const asked: string[] = [];
    const restore = adapter.restoreSession.bind(adapter);
    adapter.restoreSession = (pid, offset) => {
      asked.push(offset);
      return restore(pid, offset);
    };
    const [first] = server.io.sockets.sockets.values();
    const sent: string[] = [];
    first!.onAnyOutgoing((...args: unknown[]) => sent.push(args.at(-1) as string));
    await server.io.to('r').emitReliable('news', 'a text');
    await until(() => reader.got.length === 1);
    await interrupt(reader);
    await until(() => reader.connects === 2);
    expect([asked.at(-1), reader.socket.recovered]).toEqual([sent.at(-1), true]);

    const [second] = server.io.sockets.sockets.values();
    second!.onAnyOutgoing((...args: unknown[]) => sent.push(args.at(-1) as string));
    const [epoch] = reader.reception.offsets[stream]!.split(':');
    for (const number of [9, 1]) {
      const data = ['news', 'not next', { stream, offset: `${epoch}:${number}` }];
      const packet = { type: 2, nsp: '/', data } as Packet;
      void adapter.broadcast(packet, { rooms: new Set(['r']), except: new Set(), flags: {} });
    }
    const last = sent.at(-1);
    // A question has no offset of its own: it comes behind the others.
    reader.socket.on('sync', (_nothing, answer) => answer());
    await second!.emitWithAck('sync', {});
    await interrupt(reader);
    await until(() => reader.connects === 3);
    expect([asked.at(-1), reader.socket.recovered]).toEqual([last, true]);
    expect(reader.values).toEqual(['a text']);
  });

  it('leaves the published client its events, with the marker behind them', async () => {
    const server = await serve();
    const socket = publishedIo(server.url, { forceNew: true, transports: ['websocket'] });
    ending.push(() => void socket.disconnect());
    const got: unknown[][] = [];
    socket.on('news', (...args) => got.push(args));
    await new Promise<void>((resolve) => {
      socket.on('connect', () => resolve());
    });
    await emit(server, 1, 2);
    await until(() => got.length === 2);
    expect(got).toEqual([1, 2].map((value) => [value, { stream, offset: expect.stringMatching(`:${value}$`) }]));
  });

  it('keeps the queue of a client with retries for the events of the application', async () => {
    const server = await serve({ adapter: LossyAdapter });
    server.io.on('connection', (socket) => {
      socket.on('question', (answer) => answer('answer'));
    });
    const reader = await read(server.url, { checkInterval: 10 }, { retries: 3, ackTimeout: 1_000 }).placed();
    const outgoing: unknown[] = [];
    reader.socket.onAnyOutgoing((event) => outgoing.push(event));
    LossyAdapter.loses = () => true;
    await emit(server, 1, 2);
    await until(() => reader.got.length === 2);
    expect(await reader.socket.emitWithAck('question')).toBe('answer');
    expect(outgoing).toEqual(['question']);
  });

  it('loses none of ten thousand events whose connection is cut again and again, and gets none twice', async () => {
    const server = await serve({ reliableDelivery: { maxMessagesPerStream: 10_000 } });
    const proxy = new HarmfulProxy(Number(new URL(server.url).port));
    const url = await proxy.listen();
    ending.push(() => proxy.close());
    const reader = await read(url).placed();
    let next = 1;
    for (const part of numbers(1, 20)) {
      await emit(server, next, next + 249);
      const { connects } = reader;
      proxy.cut();
      await emit(server, next + 250, next + 499);
      next += 500;
      // Some are cut on their way back, some once they are there.
      if (part % 2 === 0) await until(() => reader.connects > connects);
    }
    await until(() => reader.got.length >= 10_000);
    expect(reader.values).toEqual(numbers(1, 10_000));
    expect(reader.connects).toBeGreaterThan(10);
    expect(reader.lost).toEqual([]);
  }, 60_000);
});

jest.setTimeout(30_000);
