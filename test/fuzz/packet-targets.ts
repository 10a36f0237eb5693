import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Decoder as PublishedDecoder } from 'socket.io-parser';
import { Decoder, Encoder, PacketType, type Packet } from '../../lib/protocol/index.js';
import { assertSame, readOrRefused } from './properties.js';
import type { Target } from './target.js';

/** Stands between the messages of an input; bytes begin with a zero. */
const separator = 0x1e;

function messagesIn(input: Buffer): (string | Buffer)[] {
  const messages: (string | Buffer)[] = [];
  let start = 0;
  for (let at = 0; at <= input.length; at++) {
    if (at < input.length && input[at] !== separator) continue;
    const message = input.subarray(start, at);
    messages.push(message[0] === 0 ? message.subarray(1) : message.toString());
    start = at + 1;
  }
  return messages;
}

function toInput(messages: readonly (string | Uint8Array)[]): Buffer {
  const parts = messages.map((message) =>
    typeof message === 'string' ? Buffer.from(message) : Buffer.concat([Buffer.alloc(1), message]),
  );
  return Buffer.concat(parts.flatMap((part, at) => (at === 0 ? [part] : [Buffer.of(separator), part])));
}

const encoder = new Encoder();

function readAll(messages: readonly (string | Uint8Array)[]): Packet | undefined {
  const decoder = new Decoder({ maxAttachments: Infinity, maxNamespaceLength: Infinity });
  let packet: Packet | undefined;
  for (const message of messages) packet = decoder.push(message);
  return packet;
}

/** As published clients read it. */
function readPublished(messages: readonly (string | Uint8Array)[]): Packet | undefined {
  const decoder = new PublishedDecoder({ maxAttachments: Infinity });
  let packet: Packet | undefined;
  decoder.on('decoded', (each) => {
    packet = each as Packet;
  });
  for (const message of messages) decoder.add(message);
  return packet;
}

const event = fc.tuple(fc.string(), fc.jsonValue(), fc.uint8Array({ maxLength: 4 }), fc.jsonValue());

/** The packets that a peer sends: what is read can be written, and read by everybody. */
const packets: Target = {
  name: 'packets',
  tokens: [
    ...[
      '2[',
      '51-[',
      '61-1[',
      '0{',
      '4{',
      '1',
      '3',
      '/a,',
      '["x",',
      '{"a":',
      '[[[[',
      ']]]]',
      '{}',
      ',',
      '"',
      '\\',
      '\\"',
    ],
    ...[
      '{"_placeholder":true,"num":0}',
      '"_placeholder"',
      '"num":',
      'true',
      'null',
      '1e999',
      '-0',
      '\\ud800',
      '\\u0000',
    ],
    ...[
      '"__proto__":',
      '"\\u005f_proto__":',
      '"toJSON":',
      '"toString"',
      '9007199254740991',
      '\x1e\x00',
      '\x1e',
      '0',
      '\x00',
    ],
  ],
  seeds: (seed) => [
    ...[
      '0',
      '0/admin,{"token":"a"}',
      '1/admin,',
      '2["a",1]',
      '2/admin,13["x",{"a":[1,"b"]}]',
      '3/a,0[]',
      '4{"message":"no"}',
    ].map((text) => Buffer.from(text)),
    Buffer.from('2["a",{"_placeholder":true,"num":9},{"__proto__":{"polluted":1}}]'),
    toInput(['51-["a",{"_placeholder":true,"num":0}]', Buffer.from([1, 2])]),
    toInput(['62-7[{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]', Buffer.of(1), Buffer.of(2)]),
    ...fc
      .sample(event, { numRuns: 20, seed })
      .map((data) => toInput(encoder.encode({ type: PacketType.EVENT, nsp: '/a', data, id: 5 }))),
  ],
  run(input) {
    const decoder = new Decoder();
    for (const message of messagesIn(input)) {
      const packet = readOrRefused(() => decoder.push(message));
      if (packet === undefined) continue;
      const messages = encoder.encode(packet);
      assertSame(readAll(messages), packet);
      assertSame(readPublished(messages)?.data, packet.data);
      sendOn(packet);
    }
    decoder.destroy();
    assertSame(decoder.push('2["still here"]')?.data, ['still here']);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  },
};

/** What a handler got, it may send on beside bytes of its own: whoever gets that can read it. */
function sendOn({ data }: Packet): void {
  const own = Buffer.from([7]);
  const messages = encoder.encode({ type: PacketType.EVENT, nsp: '/', data: ['again', data, own] });
  const read = readPublished(messages)?.data as unknown[];
  assertSame(read[2], own);
  assertSame(readAll(messages)?.data, read);
}

export const packetTargets: readonly Target[] = [packets];
