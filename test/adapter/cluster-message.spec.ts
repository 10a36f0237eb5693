import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asClusterMessage, MessageType } from '../../lib/adapter/cluster-message.js';
import { MemoryBus, Node } from './memory-bus.js';

const opts = { rooms: ['a'], except: [], flags: {} };
const packet = { type: 2, nsp: '/', data: ['news', 1] };

const messages: [name: string, message: unknown][] = [
  ['a first heartbeat', { type: 1 }],
  ['a heartbeat', { type: 2 }],
  ['a broadcast', { type: 3, data: { packet, opts } }],
  ['a broadcast that asks', { type: 3, data: { packet, opts, requestId: 'q' } }],
  ['a broadcast whose codec writes null', { type: 3, data: { packet, opts, requestId: null } }],
  ['a broadcast with bytes', { type: 3, data: { packet: { ...packet, type: 5, data: [1, Buffer.from([1])] }, opts } }],
  ['joining', { type: 4, data: { opts, rooms: ['b'] } }],
  ['leaving', { type: 5, data: { opts, rooms: ['b'] } }],
  ['disconnecting', { type: 6, data: { opts, close: true } }],
  ['fetching', { type: 7, data: { opts, requestId: 'q' } }],
  [
    'what was fetched',
    { type: 8, data: { requestId: 'q', sockets: [{ id: 'a', rooms: [], handshake: {}, data: {} }] } },
  ],
  ['an event of the server', { type: 9, data: { packet: ['hello'] } }],
  ['its answer', { type: 10, data: { requestId: 'q', packet: 1 } }],
  ['a count', { type: 11, data: { requestId: 'q', clientCount: 0 } }],
  ['an ack', { type: 12, data: { requestId: 'q' } }],
  ['a goodbye', { type: 13 }],
];

const others: [name: string, value: unknown][] = [
  ['nothing', undefined],
  ['null', null],
  ['text', 'text'],
  ['a list', [3]],
  ['no type', {}],
  ['an unknown type', { type: 14 }],
  ['a type by the name of a method', { type: 'toString' }],
  ['a broadcast of nothing', { type: 3 }],
  ['a broadcast without an event', { type: 3, data: { packet: { ...packet, data: [] }, opts } }],
  ['a broadcast of a CONNECT', { type: 3, data: { packet: { ...packet, type: 0 }, opts } }],
  ['a broadcast to no list', { type: 3, data: { packet, opts: { ...opts, rooms: 'a' } } }],
  ['a broadcast to numbers', { type: 3, data: { packet, opts: { ...opts, rooms: [1] } } }],
  ['a broadcast without flags', { type: 3, data: { packet, opts: { rooms: [], except: [] } } }],
  ['a question with a number for its id', { type: 7, data: { opts, requestId: 1 } }],
  ['sockets that are none', { type: 8, data: { requestId: 'q', sockets: [null] } }],
  ['a count below zero', { type: 11, data: { requestId: 'q', clientCount: -1 } }],
  ['a count that is none', { type: 11, data: { requestId: 'q', clientCount: '1' } }],
];

describe('what comes over a bus', () => {
  it.each(messages)('is a message: %s', (_name, message) => {
    expect(asClusterMessage(message)).toBe(message);
  });

  it.each(others)('is none: %s', (_name, value) => {
    expect(asClusterMessage(value)).toBeUndefined();
  });

  const garbage = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true });
  const near = fc.record(
    {
      type: fc.oneof(fc.constantFrom(...Object.values(MessageType)), garbage),
      data: fc.record(
        {
          packet: fc.oneof(fc.constant(packet), fc.array(garbage), fc.record({ type: fc.nat(6), data: garbage })),
          opts: fc.oneof(fc.constant(opts), fc.record({ rooms: garbage, except: garbage, flags: garbage })),
          requestId: fc.oneof(fc.constantFrom('q', null), garbage),
          rooms: fc.oneof(fc.array(fc.string()), garbage),
          sockets: fc.oneof(fc.array(garbage), garbage),
          clientCount: garbage,
          close: garbage,
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  );

  it('throws nothing whatever it is, and is handled or counted', async () => {
    const bus = new MemoryBus();
    const node = await Node.start(bus);
    const channel = bus.channels.get(node.id)!;
    node.addSocket('s', 'a');
    let received = 0;
    fc.assert(
      fc.property(fc.oneof(garbage, near), fc.constantFrom(undefined, 'a', 'b'), (value, from) => {
        received++;
        const before = node.adapter.health.malformedMessages;
        channel.receive(from, value);
        const isMessage = asClusterMessage(value) !== undefined;
        expect(node.adapter.health.malformedMessages).toBe(before + (isMessage ? 0 : 1));
      }),
      { numRuns: 2_000 },
    );
    expect(received).toBeGreaterThanOrEqual(2_000);
    expect(node.adapter.health.malformedMessages).toBeGreaterThan(0);
    expect(node.adapter.health.malformedMessages).toBeLessThan(received);
    await node.adapter.close();
  });
});
