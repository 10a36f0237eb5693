import { createHash } from 'node:crypto';
import type { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import { importBench } from './import-bench.js';

type OnFrame = (opcode: number, bytes: Buffer, start: number, end: number) => void;
interface Reader {
  readonly waiting: number;
  push(chunk: Buffer, length?: number): void;
}
interface Bench {
  FrameReader: new (onFrame: OnFrame, options?: { isMasked?: boolean }) => Reader;
  maskedFrame(payload: string | Uint8Array, opcode?: number): Buffer;
  headerOf(opcode: number, length: number, maskBit?: number): Buffer;
  MessageRing: new (textOf: (id: number) => string) => {
    writeTo(connection: { write(bytes: Buffer): void }, count: number): void;
  };
  readResponse(bytes: Buffer): { status: number; body: string; length: number } | undefined;
}
interface Sender {
  send(data: Buffer, options: object, callback: () => void): void;
}

const files = [
  'client/frame-reader.mjs',
  'client/masked-frame.mjs',
  'client/message-ring.mjs',
  'client/http-client.mjs',
];
const { FrameReader, maskedFrame, headerOf, MessageRing, readResponse } = await importBench<Bench>(...files);
const { Sender, Receiver } = createRequire(import.meta.url)('ws') as {
  Sender: new (socket: { cork(): void; uncork(): void; write(chunk: Buffer): void }) => Sender;
  Receiver: new (options: { isServer: boolean; maxPayload: number }) => Writable;
};

/** A payload as it is compared: large ones would fill the screen. */
function brief(payload: Buffer): string {
  return payload.length < 200
    ? payload.toString()
    : `${payload.length} ${createHash('sha1').update(payload).digest('hex')}`;
}

/** What `ws` puts on the wire, as a server or as a client. */
function sentByWs(payloads: readonly Buffer[], isBinary: boolean, mask = false): Buffer {
  const chunks: Buffer[] = [];
  const sender = new Sender({ cork() {}, uncork() {}, write: (chunk) => chunks.push(chunk) });
  const options = { fin: true, binary: isBinary, mask, compress: false };
  for (const payload of payloads) sender.send(payload, options, () => {});
  return Buffer.concat(chunks);
}

function read(
  chunks: readonly Buffer[],
  options?: { isMasked?: boolean },
): { frames: [number, string][]; waiting: number } {
  const frames: [number, string][] = [];
  const reader = new FrameReader((opcode, bytes, start, end) => {
    frames.push([opcode, brief(bytes.subarray(start, end))]);
  }, options);
  for (const chunk of chunks) reader.push(chunk);
  return { frames, waiting: reader.waiting };
}

const payloads = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000].map((size) => Buffer.alloc(size, 'abcdefg'));
const expected = payloads.map((payload) => [2, brief(payload)]);

describe('the frame reader of the benchmark', () => {
  it('reads every length that ws writes', () => {
    expect(read([sentByWs(payloads, true)])).toEqual({ frames: expected, waiting: 0 });
  });

  it('takes off the mask of clients', () => {
    expect(read([sentByWs(payloads, true, true)], { isMasked: true })).toEqual({ frames: expected, waiting: 0 });
  });

  it('reads frames wherever they are cut', () => {
    const small = [Buffer.from('one'), Buffer.alloc(130, 'x'), Buffer.alloc(0), Buffer.from('last')];
    const bytes = sentByWs(small, false);
    const whole = read([bytes]);
    expect(whole.frames.map(([opcode, text]) => [opcode, text.length])).toEqual([
      [1, 3],
      [1, 130],
      [1, 0],
      [1, 4],
    ]);
    for (let cut = 1; cut < bytes.length; cut++) {
      expect(read([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole);
    }
    expect(read(Array.from(bytes, (byte) => Buffer.from([byte])))).toEqual(whole);
  });

  it('keeps what is not complete, from a buffer that is used again', () => {
    const buffer = Buffer.from(sentByWs([Buffer.from('hello')], false));
    const texts: string[] = [];
    const reader = new FrameReader((_opcode, bytes, start, end) => texts.push(bytes.toString('latin1', start, end)));
    reader.push(buffer, 4);
    expect([texts, reader.waiting]).toEqual([[], 4]);
    const rest = buffer.toString('latin1', 4);
    buffer.fill(0);
    buffer.write(rest, 'latin1');
    reader.push(buffer, rest.length);
    expect([texts, reader.waiting]).toEqual([['hello'], 0]);
  });

  it('refuses what it would count wrong: fragments, unknown extensions, a mask on the wrong side', () => {
    expect(() => read([Buffer.from([0x01, 0x00])])).toThrow('A fragment');
    expect(() => read([Buffer.from([0xa1, 0x00])])).toThrow('an unknown extension');
    expect(() => read([maskedFrame('a')])).toThrow('mask on the wrong side');
    expect(() => read([sentByWs([Buffer.from('a')], false)], { isMasked: true })).toThrow('mask on the wrong side');
  });
});

describe('the frames of the benchmark', () => {
  it('are read by ws, with a mask that is not zero', async () => {
    const receiver = new Receiver({ isServer: true, maxPayload: 1_000_000 });
    const received: [string, boolean][] = [];
    receiver.on('message', (data: Buffer, isBinary: boolean) => received.push([brief(data), isBinary]));
    const all = payloads.map((payload) => maskedFrame(payload));
    for (const frame of [...all, maskedFrame('text')]) {
      const maskAt = headerOf(2, frame.length).length;
      expect(frame.subarray(maskAt, maskAt + 4).some((byte) => byte !== 0)).toBe(true);
      await new Promise<void>((resolve) => receiver.write(frame, () => resolve()));
    }
    // A receiver hands on one message a tick.
    while (received.length < payloads.length + 1) await new Promise(setImmediate);
    expect(received).toEqual([...payloads.map((payload) => [brief(payload), true]), ['text', false]]);
  });

  it('carry ascending ack ids, and start again', () => {
    const ring = new MessageRing((id) => `42${id}["echo"]`);
    const ids: number[] = [];
    const reader = new FrameReader(
      (_opcode, bytes, start, end) => {
        ids.push(Number(/^42(\d+)\["echo"\]$/.exec(bytes.toString('latin1', start, end))![1]));
      },
      { isMasked: true },
    );
    // What is masked once is read once: the reader takes the mask off in place.
    const connection = { write: (bytes: Buffer) => reader.push(Buffer.from(bytes)) };
    const counts = [1, 4_000, 90, 5, 16, 5_000, 1];
    for (const count of counts) ring.writeTo(connection, count);
    const sum = counts.reduce((total, count) => total + count);
    expect(ids).toEqual(Array.from({ length: sum }, (_, index) => index % 4_096));
  });
});

describe('the HTTP client of the benchmark', () => {
  it('reads one response, in bytes, once it is complete', () => {
    const bytes = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX: y\r\n\r\nä1HTTP/1.1 204');
    const length = bytes.indexOf('HTTP/1.1 204');
    for (let cut = 0; cut < length; cut++) expect(readResponse(bytes.subarray(0, cut))).toBeUndefined();
    expect(readResponse(bytes)).toEqual({ status: 200, body: 'ä1', length });
  });

  it('refuses a response that does not tell its length', () => {
    expect(() => readResponse(Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'))).toThrow(
      'without a length',
    );
  });
});
