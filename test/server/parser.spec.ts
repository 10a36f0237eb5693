import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Packet } from '../../lib/protocol/index.js';
import type { Parser, Socket } from '../../lib/server/index.js';
import { startTestServer } from '../../lib/testing/index.js';
import { Clients, next, transportLists } from '../support/clients.js';

const msgpack = createRequire(import.meta.url)('socket.io-msgpack-parser') as Parser;

let clients: Clients | undefined;
afterEach(() => clients?.close());

describe('socket.io-msgpack-parser on both sides', () => {
  it.each(transportLists)('carries events, acks and bytes over %s', async (_name, transports) => {
    await using server = await startTestServer(
      (io) =>
        io.on('connection', (socket) => {
          socket.on('echo', (...args: unknown[]) => {
            const answer = args.pop() as (...values: unknown[]) => void;
            answer(...args);
          });
        }),
      { parser: msgpack },
    );
    clients = new Clients(() => server.url);
    const client = await clients.connect('/', { transports, parser: msgpack });
    expect(await client.emitWithAck('echo', { bytes: Buffer.from([1, 2]), date: null, deep: [1, 'a€'] })).toEqual({
      bytes: Buffer.from([1, 2]),
      date: null,
      deep: [1, 'a€'],
    });
    const news = next(client, 'news');
    server.io.emit('news', Buffer.from([3]), { at: 1 });
    expect(await news).toEqual([Buffer.from([3]), { at: 1 }]);
    const answers = server.io.timeout(2_000).emitWithAck('ask');
    client.on('ask', (answer: (value: string) => void) => answer('here'));
    expect(await answers).toEqual(['here']);
  });
});

/** A parser that reads lines of JSON. */
const lines: Parser = {
  Encoder: class {
    encode(packet: Packet): string[] {
      return [JSON.stringify(packet)];
    }
  },
  Decoder: class extends EventEmitter {
    add(part: string | Uint8Array): void {
      for (const line of String(part).split('\n')) this.emit('decoded', JSON.parse(line));
    }
  },
};

describe('a parser of the application', () => {
  it('may find several packets in one message', async () => {
    const received: unknown[] = [];
    await using server = await startTestServer(
      (io) => io.on('connection', (socket) => socket.on('e', (value) => received.push(value))),
      { parser: lines },
    );
    const client = await server.connect();
    client.send(
      '4{"type":0,"nsp":"/"}\n{"type":2,"nsp":"/","data":["e",1]}\n{"type":2,"nsp":"/","data":["e",2],"id":3}',
    );
    const welcome = JSON.parse(String(await client.next()).slice(1)) as Packet;
    expect(welcome).toMatchObject({ type: 0, nsp: '/', data: { sid: expect.any(String) as unknown } });
    while (received.length < 2) await new Promise(setImmediate);
    expect(received).toEqual([1, 2]);
  });

  it.each([
    'nonsense',
    'null',
    '1',
    '{"type":9,"nsp":"/"}',
    '{"type":"constructor","nsp":"/"}',
    '{"type":2,"data":["e"]}',
    '{"type":2,"nsp":"/","data":{}}',
    '{"type":2,"nsp":"/","data":["connect"]}',
    '{"type":2,"nsp":"/","data":["e"],"id":-1}',
  ])('closes the session that sends %s, and no other', async (packet) => {
    const reasons: string[] = [];
    const errors: unknown[] = [];
    await using server = await startTestServer(
      (io) =>
        io.on('connection', (socket: Socket) => {
          socket.on('disconnect', (reason) => reasons.push(reason));
          socket.on('error', (error) => errors.push(error));
        }),
      { parser: lines },
    );
    const other = await server.connect();
    const client = await server.connect();
    for (const each of [other, client]) {
      each.send('4{"type":0,"nsp":"/"}');
      await each.next();
    }
    client.send(`4${packet}`);
    await client.closed;
    expect(reasons).toEqual(['forced close']);
    expect(errors).toMatchObject([{ code: 'PARSE_ERROR' }]);
    expect(server.io.of('/').sockets.size).toBe(1);
  });
});
