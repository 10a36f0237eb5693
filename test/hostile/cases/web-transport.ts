import type { HostileCase } from '../hostile-case.js';

/** The bytes of a first stream, chunk by chunk; whether it ends; what must come of it. */
const streams: readonly (readonly [name: string, chunks: readonly Buffer[], isEnded: boolean, required: string])[] = [
  ['opens no stream', [], false, 'closed, no answer'],
  ['opens a stream and says nothing', [Buffer.alloc(0)], false, 'closed, no answer'],
  ['ends its stream at once', [Buffer.alloc(0)], true, 'closed, no answer'],
  ['opens a session and is silent', [packet('0')], false, 'closed, answered'],
  ['opens a session byte by byte', bytesOf(packet('0')), false, 'closed, answered'],
  ['opens a session, and joins byte by byte', [packet('0'), ...bytesOf(packet('40'))], false, 'closed, answered'],
  ['names the session __proto__', [packet('0{"sid":"__proto__"}')], false, 'closed, no answer'],
  ['names the session constructor', [packet('0{"sid":"constructor"}')], false, 'closed, no answer'],
  ['names a session that is an object', [packet('0{"sid":{}}')], false, 'closed, no answer'],
  ['names a session in what is no JSON', [packet('0{"sid":')], false, 'closed, no answer'],
  ['names a session in null', [packet('0null')], false, 'closed, no answer'],
  ['begins with an event', [packet('40')], false, 'closed, no answer'],
  ['begins with bytes', [Buffer.from([0x81, 1])], false, 'closed, no answer'],
  ['announces nothing', [Buffer.from([0])], false, 'closed, no answer'],
  ['announces 2^63 bytes', [Buffer.from([127, 0x80, 0, 0, 0, 0, 0, 0, 0])], false, 'closed, no answer'],
  [
    'announces a megabyte and a byte',
    [Buffer.from([127, 0, 0, 0, 0, 0, 0x0f, 0x42, 0x41])],
    false,
    'closed, no answer',
  ],
  ['announces more than it sends', [Buffer.from([5, 0x30])], true, 'closed, no answer'],
  ['cuts its length, and ends', [Buffer.from([126, 1])], true, 'closed, no answer'],
  ['sends garbage', [Buffer.from('GET / HTTP/1.1\r\n\r\n')], false, 'closed, no answer'],
  ['opens a session twice', [packet('0'), packet('0')], false, 'closed, answered'],
  [
    'opens a session and sends text that is no UTF-8',
    [packet('0'), Buffer.from([3, 0x34, 0xff, 0xfe])],
    false,
    'closed, answered',
  ],
  ['opens a session and breaks a rule', [packet('0'), packet('49')], false, 'closed, answered'],
];

export const webTransportCases: readonly HostileCase[] = [
  ...streams.map(([name, chunks, isEnded, required]): HostileCase => ({
    name: `over WebTransport: ${name}`,
    required,
    act: ({ target }) =>
      target.ask(
        'webTransport',
        chunks.map((chunk) => chunk.toString('base64')),
        isEnded,
      ),
  })),
  {
    name: 'over WebTransport: fails its handshake 500 times',
    required: 'closed, no answer',
    async act({ target }) {
      const chunk = Buffer.from([0]).toString('base64');
      const all = await Promise.all(Array.from({ length: 500 }, () => target.ask('webTransport', [chunk], false)));
      return [...new Set(all)].join(' and ');
    },
  },
];

/** A packet of text that is shorter than 126 bytes. */
function packet(text: string): Buffer {
  return Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]);
}

function bytesOf(bytes: Buffer): Buffer[] {
  return [...bytes].map((byte) => Buffer.from([byte]));
}
