import assert from 'node:assert/strict';
import {
  asBroadcastOptions,
  asClusterMessage,
  type BroadcastOptions,
  type ClusterMessage,
} from '../../lib/adapter/index.js';
import { isAdapterMessage } from '../../lib/cluster/node-cluster/wire.js';
import {
  decodeEnvelope,
  encodeEnvelope,
  encodeMessage,
  isPart,
  Parts,
  split,
} from '../../lib/cluster/nats/nats-wire.js';
import { load } from '../../lib/cluster/peers.js';
import * as postgres from '../../lib/cluster/postgres/postgres-wire.js';
import { batchEntry, batchHead, readBatch, textPrefix } from '../../lib/cluster/redis/batch-wire.js';
import { BroadcastReader } from '../../lib/cluster/redis/broadcast-wire.js';
import * as classic from '../../lib/cluster/redis/classic-wire.js';
import { endOf } from '../../lib/cluster/message-pack-bounds.js';
import { entriesRead, fieldsFor, messageIn } from '../../lib/cluster/redis-streams/streams-wire.js';
import { assertSame } from './properties.js';
import type { Target } from './target.js';

const msgpack = await load('notepack.io', 'the fuzzer');

const opts = { rooms: ['a'], except: [], flags: {} };
const packet = { type: 2, nsp: '/', data: ['x', 1] } as const;
const messages: readonly ClusterMessage[] = [
  { type: 1 },
  { type: 3, data: { packet, opts } },
  { type: 4, data: { opts, rooms: ['b'] } },
  { type: 6, data: { opts, close: true } },
  { type: 7, data: { opts, requestId: 'r' } },
  { type: 8, data: { requestId: 'r', sockets: [] } },
  { type: 9, data: { packet: ['x', 1] } },
  { type: 11, data: { requestId: 'r', clientCount: 2 } },
  { type: 12, data: { requestId: 'r', packet: [1] } },
];
const fieldNames = [
  'type',
  'data',
  'opts',
  'rooms',
  'except',
  'flags',
  'packet',
  'requestId',
  'uid',
  'nsp',
  'sockets',
  '__proto__',
];
const jsonTokens = [
  ...fieldNames.map((name) => `"${name}":`),
  '[]',
  '{}',
  'null',
  '{"',
  '"a"',
  '3',
  '-1',
  '1e999',
  ',',
  '[["x"]]',
];
const packTokens = [
  ...fieldNames.map((name) => msgpack.encode(name).toString('latin1')),
  '\x80',
  '\x90',
  '\xc0',
  '\xdc\x00\x03',
  '\xdf',
  '\xdd\xff\xff',
  '\xc4\x02',
  '\xd6',
  '\xcb',
];

/** Reads JSON; `undefined` for what is none. */
function json(input: Buffer): unknown {
  try {
    return JSON.parse(input.toString());
  } catch {
    return undefined;
  }
}

/** A message that is one is one again, whichever way it took. */
function check(value: unknown): void {
  const message = asClusterMessage(value);
  if (message === undefined) return;
  assert.ok(asClusterMessage(JSON.parse(JSON.stringify(message))) !== undefined);
  // What a heartbeat carries is nobody's to read.
  if ('data' in message && typeof message.data === 'object' && 'opts' in message.data) {
    const options = asBroadcastOptions(message.data.opts);
    assert.ok(options !== undefined && options.rooms instanceof Set && options.except instanceof Set);
  }
}

const clusterMessages: Target = {
  name: 'bus-messages',
  tokens: jsonTokens,
  seeds: () =>
    messages.map((message) => Buffer.from(JSON.stringify({ uid: 'n', nsp: '/', source: '_sio_adapter', ...message }))),
  run(input) {
    const value = json(input);
    check(value);
    if (isAdapterMessage(value)) check({ type: value.type, data: value.data });
    const document = postgres.parse(input.toString());
    if (document === undefined) return;
    postgres.senderOf(document);
    check(postgres.toMessage(document));
    assertSame(postgres.decode(postgres.encode(document, msgpack), msgpack), document);
  },
};

const classicMessages: Target = {
  name: 'bus-classic',
  tokens: [...jsonTokens, ...packTokens],
  seeds: () => [
    ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((type) =>
      Buffer.from(JSON.stringify({ uid: 'n', type, requestId: 'r', opts, rooms: ['a'], packet, data: ['x'] })),
    ),
    msgpack.encode({ uid: 'n', type: 7, packet: { ...packet, data: ['x', Buffer.from([1])] }, opts }),
    msgpack.encode(['n', packet, opts]),
    msgpack.encode(['n', { type: 2, data: ['x'], nsp: '/' }, opts]),
  ],
  run(input) {
    const taken: [unknown, BroadcastOptions][] = [];
    new BroadcastReader('own', '/', msgpack, { take: (_from, data, options) => taken.push([data, options]) }).read(
      input,
    );
    for (const [, options] of taken) assert.ok(options.rooms instanceof Set);
    const end = endOf(input, 0);
    assert.ok(end >= -1 && end <= input.length);
    let value: unknown;
    try {
      value = classic.decode(input, msgpack);
    } catch {
      return;
    }
    if (Array.isArray(value)) check(classic.fromBroadcast(value[1], value[2]));
    classic.isOf('/', value);
    if (!classic.isFields(value)) return;
    check(classic.fromRequest(value));
    check(classic.fromResponse(value));
  },
};

const batches: Target = {
  name: 'bus-batches',
  tokens: ['1n:', '0,4:', '2,4:', '>a', '2["x"]', '{"r":["a"]}', '{"x":[]', '{"f":{}}', ':', ',', 'zz', ']'],
  seeds: () => {
    const entry = batchEntry('2["x",1]', { rooms: new Set(['a']), except: new Set(), flags: {} });
    const other = batchEntry('2["y"]', {
      rooms: new Set(['a', 'b']),
      except: new Set(['c']),
      flags: { volatile: true },
    });
    return [batchHead('n') + entry, batchHead('n') + entry + entry + other].map((text) => Buffer.from(text));
  },
  run(input) {
    const taken: [string, BroadcastOptions][] = [];
    const reader = {
      hasMember: (room: string) => room === 'a',
      take: (text: string, options: BroadcastOptions) => taken.push([text, options]),
    };
    readBatch(input.toString(), textPrefix('/'), reader as never);
    if (taken.length === 0) return;
    const again: [string, BroadcastOptions][] = [];
    const known = new Set(taken.flatMap(([, { rooms }]) => [...rooms]));
    const isWhole = readBatch(
      batchHead('n') + taken.map(([text, options]) => batchEntry(text, options)).join(''),
      textPrefix('/'),
      {
        hasMember: (room) => known.has(room),
        take: (text, options) => void again.push([text, options]),
      },
    );
    const plain = (all: typeof taken): unknown =>
      all.map(([text, { rooms, except }]) => [text, [...rooms], [...except]]);
    assert.ok(isWhole);
    assertSame(plain(again), plain(taken));
  },
};

const envelopes: Target = {
  name: 'bus-envelopes',
  tokens: packTokens,
  seeds: () => {
    const encoded = messages.map((message) => encodeMessage(message, msgpack));
    return [
      encodeEnvelope('n', 1, encoded, msgpack),
      encodeEnvelope('n', 0, split(encoded[1]!, 50, msgpack), msgpack),
      ...encoded.map((each) => encodeEnvelope('n', 0, [each], msgpack)),
    ];
  },
  run(input) {
    const envelope = decodeEnvelope(input, msgpack);
    if (envelope === undefined) return;
    const parts = new Parts();
    for (const message of envelope.messages) {
      check(isPart(message) ? parts.add(envelope.from, message, msgpack) : message);
    }
  },
};

const streamEntries: Target = {
  name: 'bus-streams',
  tokens: [...jsonTokens, '"3"', '"{', '\\"', '1-0'],
  seeds: () =>
    messages.map((message) =>
      Buffer.from(JSON.stringify([['stream', [['1-0', fieldsFor('n', '/', message, msgpack, true)]]]])),
    ),
  run(input) {
    const reply = json(input);
    // What Redis answers is a list of entries, each an id and its fields: only these are a stranger's.
    if (!Array.isArray(reply) || !Array.isArray(reply[0]) || !Array.isArray(reply[0][1])) return;
    const all = (reply[0][1] as unknown[]).filter((entry) => Array.isArray(entry) && Array.isArray(entry[1]));
    for (const entry of entriesRead([['stream', all]])) check(messageIn(entry, msgpack));
  },
};

const packedValues: Target = {
  name: 'bus-packed-values',
  tokens: packTokens,
  seeds: () => [
    ...messages.map((message) => msgpack.encode(message)),
    msgpack.encode([null, true, -1, 1.5, 2 ** 40, 'text', Buffer.from([1, 2]), { a: [{}] }]),
    Buffer.from('ddffffffff91', 'hex'),
  ],
  run(input) {
    const isBounded = endOf(input, 0) === input.length;
    let value: unknown;
    try {
      value = msgpack.decode(input);
    } catch (error) {
      assert.ok(error instanceof Error);
      // A codec that was not asked has taken no memory.
      if (!isBounded) assert.ok(error instanceof RangeError);
      return;
    }
    assert.ok(isBounded);
    // One byte more or less is another length.
    assert.throws(() => msgpack.decode(Buffer.concat([input, Buffer.from([0])])), RangeError);
    assert.throws(() => msgpack.decode(input.subarray(0, -1)), RangeError);
    assert.ok(value === undefined || endOf(msgpack.encode(value), 0) > 0);
  },
};

export const busTargets: readonly Target[] = [
  packedValues,
  clusterMessages,
  classicMessages,
  batches,
  envelopes,
  streamEntries,
];
