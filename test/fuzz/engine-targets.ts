import assert from 'node:assert/strict';
import * as ws from 'ws';
import { buildWebSocketBytes } from '../../lib/engine/transport/websocket-frame.js';
import {
  decodePacket,
  decodePayload,
  encodePacket,
  encodePayload,
  encodeStream,
  StreamDecoder,
  v3,
  type EnginePacket,
} from '../../lib/protocol/index.js';
import { assertSame, readOrRefused } from './properties.js';
import type { Target } from './target.js';

const texts = (...all: string[]) => all.map((text) => Buffer.from(text, 'latin1'));

/** The packets before the first that is refused. */
function collected(decode: (onPacket: (packet: EnginePacket) => void) => void): EnginePacket[] {
  const packets: EnginePacket[] = [];
  readOrRefused(() => decode((packet) => packets.push(packet)));
  return packets;
}

/** The same of a payload, which is read packet by packet. */
function collectedFrom(payload: Iterable<EnginePacket>): EnginePacket[] {
  return collected((onPacket) => {
    for (const packet of payload) onPacket(packet);
  });
}

const revision4: Target = {
  name: 'engine-4',
  tokens: ['4', '2probe', 'b', '\x1e', 'AQID', '==', '=', '/', '\xc3\xa9', '0{', '6'],
  seeds: () => texts('4hello', '2probe', 'bAQIDBA==', '4a\x1e4b\x1ebAQID', '0{"sid":"a"}', '4\xf0\x9f\x98\x80'),
  run(input) {
    const text = input.toString();
    const packet = readOrRefused(() => decodePacket(text));
    for (const supportsBinary of packet === undefined ? [] : [true, false]) {
      assertSame(decodePacket(encodePacket(packet!, supportsBinary)), packet);
    }
    const packets = collectedFrom(decodePayload(text));
    if (packets.length === 0) return;
    assertSame(collectedFrom(decodePayload(encodePayload(packets))), packets);
  },
};

const revision3: Target = {
  name: 'engine-3',
  tokens: [
    '2:4a',
    '6:b4AQID',
    ':',
    '0:',
    '9999999999',
    '\x00\x06\xff4',
    '\x01\x03\xff\x04',
    '\xff',
    '\xef\xbb\xbf',
    'b4',
    '\xe2\x82\xac',
  ],
  seeds: () =>
    texts('6:4hello2:4a', '0:', '10:b4AQIDBA==', '\x00\x06\xff4hello', '\x01\x03\xff\x04\x01\x02', 'b4AQI=', '4a'),
  run(input) {
    for (const wire of [input, input.toString()]) {
      const packet = readOrRefused(() => v3.decodePacket(wire));
      for (const supportsBinary of packet === undefined ? [] : [true, false]) {
        assertSame(v3.decodePacket(v3.encodePacket(packet!, supportsBinary)), packet);
      }
      const packets = collectedFrom(v3.decodePayload(wire));
      for (const supportsBinary of packets.length === 0 ? [] : [true, false]) {
        const again = v3.encodePayload(packets, supportsBinary);
        assertSame(collectedFrom(v3.decodePayload(again)), packets);
      }
    }
  },
};

const maxPayload = 1_000;

const stream: Target = {
  name: 'stream',
  tokens: [
    '\x064hello',
    '\x822\x01',
    '~\x00\x02',
    '\x7f\x00\x00\x00\x00\x00\x00\x00',
    '\xff\xff\xff\xff',
    '\xfe\x00',
    '\x01',
  ],
  seeds: () => [
    ...texts('\x064hello', '\x82\x01\x02', '\x010', '~\x00\x024a'),
    Buffer.from(
      encodeStream([
        { type: 'message', data: 'a'.repeat(300) },
        { type: 'message', data: Buffer.alloc(200) },
      ]),
    ),
  ],
  run(input) {
    // The first byte says how the rest is cut.
    const size = 1 + ((input[0] ?? 0) % 16);
    const bytes = input.subarray(1);
    const whole = collected((onPacket) => new StreamDecoder(maxPayload, onPacket).push(bytes));
    const cut = collected((onPacket) => {
      const decoder = new StreamDecoder(maxPayload, onPacket);
      for (let at = 0; at < bytes.length; at += size) decoder.push(Uint8Array.from(bytes.subarray(at, at + size)));
    });
    assertSame(cut, whole);
    assertSame(
      collected((onPacket) => new StreamDecoder(4 * maxPayload, onPacket).push(encodeStream(whole))),
      whole,
    );
  },
};

/** The part of `ws` that reads frames, which its types leave out. */
interface FrameReceiver {
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  write(bytes: Uint8Array): void;
}
const { Receiver } = ws as unknown as { readonly Receiver: new () => FrameReceiver };

/** Frames that we build: what is no input of ours is one of every client. */
const frames: Target = {
  name: 'websocket-frames',
  tokens: ['\x1e', '\x00', 'a'.repeat(125), 'a'.repeat(126), '\xe2\x82\xac', '\xd8\x00', '\x00\xdc'],
  seeds: () => texts('hello', '\x1e\x00\x01\x02', 'a\x1eb', 'a'.repeat(126), 'a'.repeat(2_000)),
  run(input) {
    const messages = input
      .toString('latin1')
      .split('\x1e')
      .map((part) => {
        const bytes = Buffer.from(part, 'latin1');
        // Half of the texts have halves of surrogates.
        if (bytes[0] === 0) return bytes.subarray(1);
        return bytes.length % 2 === 0 ? bytes.toString('utf16le') : bytes.toString();
      });
    const read: unknown[] = [];
    const receiver = new Receiver();
    receiver.on('message', (data: Buffer, isBinary: boolean) =>
      read.push(isBinary ? Buffer.from(data) : data.toString()),
    );
    receiver.on('error', (error) => read.push(error));
    receiver.write(Buffer.from(buildWebSocketBytes(messages)));
    assertSame(
      read,
      messages.map((message) => (typeof message === 'string' ? Buffer.from(message).toString() : message)),
    );
    assert.equal(read.length, messages.length);
  },
};

export const engineTargets: readonly Target[] = [revision4, revision3, stream, frames];
