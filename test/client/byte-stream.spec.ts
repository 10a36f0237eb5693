import { expect, it } from '@jest/globals';
import { streamReader, toStream } from '../../lib/client/transport/byte-stream.js';
import { encodeStream, type EnginePacket } from '../../lib/protocol/index.js';

const packets: EnginePacket[] = [0, 1, 124, 125, 126, 65_534, 65_535, 65_536].flatMap((length): EnginePacket[] => [
  { type: 'message', data: 'x'.repeat(length) },
  { type: 'message', data: new Uint8Array(length).fill(200) },
]);
const written = packets.flatMap(toStream);
const plain = ({ type, data }: EnginePacket): unknown => [type, typeof data === 'string' ? data : [...data]];

it('writes what the protocol writes', () => {
  expect(Buffer.concat(written).equals(encodeStream(packets))).toBe(true);
});

it.each([1, 2, 7, 1_000, 70_000, 1_000_000])('reads it in pieces of %i bytes', (size) => {
  const bytes = Buffer.concat(written);
  const read: EnginePacket[] = [];
  const push = streamReader((next) => read.push(next()));
  // Byte by byte, the short ones are enough.
  const end = size < 10 ? 600 : bytes.length;
  for (let at = 0; at < end; at += size) push(bytes.subarray(at, Math.min(at + size, end)));
  expect(read.map(plain)).toEqual(packets.slice(0, read.length).map(plain));
  expect(read.length).toBe(size < 10 ? 8 : packets.length);
});
