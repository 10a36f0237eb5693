import { closeFrame, frame, opcodes } from '../frames.js';
import { inFrames, type HostileCase } from '../hostile-case.js';
import { upgradeRequest } from '../http-text.js';
import { webSocketTarget } from '../raw-websocket.js';

const limit = 1_000_000;
const wrong = 'close 1002';
const tooLarge = 'close 1009';
const policy = 'close 1008';
const noText = 'close 1007';
const alive = '42["alive"]';

const ping = (payload = ''): Buffer => frame(payload, { opcode: opcodes.ping });
const piece = (payload: string | Buffer, isFinal = false, opcode: number = opcodes.continuation): Buffer =>
  frame(payload, { opcode, isFinal });
const begin = (payload: string | Buffer): Buffer => piece(payload, false, opcodes.text);
const times = (count: number, bytes: Buffer): Buffer => Buffer.concat(Array<Buffer>(count).fill(bytes));

const frames: readonly (readonly [name: string, bytes: () => readonly Buffer[], required: string | RegExp])[] = [
  ['sends a frame without a mask', () => [frame(alive, { isMasked: false })], wrong],
  ['masks with zeros', () => [frame(alive, { mask: Buffer.alloc(4) })], 'alive'],
  ...[1, 2, 3, 4, 7].map(
    (reserved) => [`sets the reserved bits ${reserved}`, () => [frame(alive, { reserved })], wrong] as const,
  ),
  ...[3, 7, 11, 15].map((opcode) => [`uses opcode ${opcode}`, () => [frame('a', { opcode })], wrong] as const),
  ['pings with 126 bytes', () => [ping('a'.repeat(126))], wrong],
  ['pings in pieces', () => [frame('a', { opcode: opcodes.ping, isFinal: false })], wrong],
  ['closes in pieces', () => [frame('', { opcode: opcodes.close, isFinal: false })], wrong],
  ['continues what has not begun', () => [piece('a', true)], wrong],
  ['begins a message within a message', () => [begin('4'), begin('4')], wrong],
  ['never ends a message, and begins bytes', () => [begin('4'), frame(Buffer.from([1]))], wrong],
  ['puts a ping between the pieces of an event', () => [begin('42["al'), ping(), piece('ive"]', true)], 'alive'],
  [
    'cuts an event into single bytes',
    () => [begin('4'), ...[...alive.slice(1)].map((each) => piece(each)), piece('', true)],
    'alive',
  ],
  ['sends 300 empty pieces', () => [begin(''), times(300, piece(''))], policy],
  ['sends 200,000 pieces of a byte', () => [begin('4'), times(200_000, piece('a'))], policy],
  ['sends pieces that are too much together', () => [begin('4'), times(11, piece('a'.repeat(100_000)))], tooLarge],
  ['sends a byte more than it may', () => [frame(`4${'a'.repeat(limit)}`)], tooLarge],
  ['announces 2^53 bytes', () => [frame('', { opcode: opcodes.text, length: 2n ** 53n })], tooLarge],
  ['announces 2^63 bytes', () => [frame('', { opcode: opcodes.text, length: 2n ** 63n })], tooLarge],
  ['announces 2^64 - 1 bytes', () => [frame('', { opcode: opcodes.binary, length: 2n ** 64n - 1n })], tooLarge],
  ['writes a short length in two bytes', () => [frame(alive, { lengthBytes: 2 })], /^(alive|close 1002)$/],
  ['writes a short length in eight bytes', () => [frame(alive, { lengthBytes: 8 })], /^(alive|close 1002)$/],
  ['sends text that is no UTF-8', () => [frame(Buffer.from([0x34, 0xff]), { opcode: opcodes.text })], noText],
  ['sends an overlong slash', () => [frame(Buffer.from([0x34, 0xc0, 0xaf]), { opcode: opcodes.text })], noText],
  ['sends half a surrogate', () => [frame(Buffer.from([0x34, 0xed, 0xa0, 0x80]), { opcode: opcodes.text })], noText],
  ['sends half a character in a last piece', () => [begin('4'), piece(Buffer.from([0xe2, 0x82]), true)], noText],
  ['sends a text of no bytes', () => [frame('')], 'close'],
  ['sends a packet of no type', () => [frame('xyz')], 'close'],
  ['sends bytes that no packet announced', () => [frame(Buffer.from([1, 2, 3]))], 'close'],
  ['sends no bytes as bytes', () => [frame(Buffer.alloc(0))], 'close'],
  ['closes with half a code', () => [frame(Buffer.from([3]), { opcode: opcodes.close })], wrong],
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535].map(
    (code) => [`closes with ${code}`, () => [closeFrame(code)], wrong] as const,
  ),
  ['closes with 1000', () => [closeFrame(1000)], 'close 1000'],
  ['closes with 4999', () => [closeFrame(4999, 'bye')], 'close 4999'],
  ['closes with a reason that is no UTF-8', () => [closeFrame(1000, Buffer.from([0xff, 0xfe]))], noText],
  ['closes, and goes on', () => [closeFrame(1000), frame(alive), times(1_000, ping())], 'close 1000'],
  ['closes in the protocol of the session', () => [frame('1')], 'close'],
  ['pings, which is ours to do', () => [frame('2')], 'close'],
  ['probes where nothing is to be probed', () => [frame('2probe')], 'close'],
  ['sends 10,000 pongs', () => [times(10_000, frame('', { opcode: opcodes.pong }))], 'alive'],
  ['sends 10,000 pongs of the session', () => [times(10_000, frame('3'))], 'alive'],
  ['sends 10,000 upgrades', () => [times(10_000, frame('5'))], 'alive'],
];

const handshakes: readonly (readonly [name: string, headers: readonly string[], required: string | RegExp])[] = [
  ['asks for an extension named constructor', ['Sec-WebSocket-Extensions: constructor'], '101'],
  ['asks for an extension named __proto__', ['Sec-WebSocket-Extensions: __proto__; a=b'], '101'],
  ['asks for a window of no size', ['Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=99'], '101'],
  ['writes an extension that is none', ['Sec-WebSocket-Extensions: ;;;,=,"'], /^(101|400)$/],
  ['asks for 14 kB of spaces as a subprotocol', [`Sec-WebSocket-Protocol: b${' '.repeat(14_000)}x`], '400'],
  ['asks for a subprotocol twice', ['Sec-WebSocket-Protocol: a, a'], '400'],
  ['asks for a subprotocol named __proto__', ['Sec-WebSocket-Protocol: __proto__'], '101'],
  ['folds a header', ['X-A: a\r\n b'], /^(101|400)$/],
];

/** Upgrade requests that are no WebSocket's. */
const requests: readonly (readonly [name: string, from: string, to: string, required: string | RegExp])[] = [
  ['upgrades without a key', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n', '', '400'],
  ['upgrades with a key that is none', 'dGhlIHNhbXBsZSBub25jZQ==', 'abc', '400'],
  ['upgrades with the key __proto__', 'dGhlIHNhbXBsZSBub25jZQ==', '__proto__', '400'],
  ['upgrades to version 12', 'Version: 13', 'Version: 12', /^(400|426)$/],
  ['upgrades to h2c', 'Upgrade: websocket', 'Upgrade: h2c', '400'],
  ['upgrades to nothing', 'Upgrade: websocket', 'Upgrade: ', /^400$/],
  ['upgrades with POST', 'GET ', 'POST ', /^(400|405)$/],
  ['upgrades with HTTP/1.0', 'HTTP/1.1', 'HTTP/1.0', /^(101|400|426)$/],
];

export const webSocketCases: readonly HostileCase[] = [
  ...frames.map(([name, bytes, required]) => inFrames(name, bytes, required)),
  ...handshakes.map(([name, headers, required]): HostileCase => ({
    name,
    required,
    async act(attacker) {
      const webSocket = await attacker.webSocket({ headers });
      await webSocket.opened();
      return webSocket.head.slice(9, 12) || 'silence';
    },
  })),
  ...requests.map(([name, from, to, required]): HostileCase => ({
    name,
    required,
    async act(attacker) {
      const bytes = upgradeRequest(webSocketTarget).replace(from, to);
      const connection = await attacker.connect();
      connection.write(bytes);
      await connection.until(() => connection.isEnded || connection.received.includes('\r\n\r\n'));
      return connection.received.toString('latin1').slice(9, 12) || (connection.isEnded ? 'end' : 'silence');
    },
  })),
  ...(
    [
      ['garbage', Buffer.from('test')],
      ['a frame with RSV2', frame(alive, { reserved: 2 })],
      ['a frame with RSV3', frame(alive, { reserved: 1 })],
    ] as const
  ).map(([name, head]): HostileCase => ({
    name: `sends ${name} in the segment of its upgrade`,
    required: wrong,
    async act(attacker) {
      return (await attacker.webSocket({ head })).ending();
    },
  })),
  {
    name: 'pings 10,000 times and reads',
    required: /^(alive|close 1008|cut)$/,
    isAlone: true,
    async act(attacker) {
      const member = await attacker.member();
      member.connection.write(times(10_000, ping('a'.repeat(125))));
      return member.outcome();
    },
  },
  {
    name: 'pings without end and never reads',
    required: 'dropped',
    isAlone: true,
    async act(attacker) {
      const member = await attacker.member();
      member.connection.pause();
      member.connection.write(times(150_000, ping('a'.repeat(125))));
      return (await attacker.isDropped(member.connection)) ? 'dropped' : 'kept';
    },
  },
  {
    name: 'never answers a close',
    required: 'close, dropped',
    async act(attacker) {
      const member = await attacker.member();
      member.send('49');
      const ending = await member.ending();
      return `${ending}, ${(await attacker.isDropped(member.connection)) ? 'dropped' : 'kept'}`;
    },
  },
  {
    name: 'never answers a ping',
    required: 'close, dropped',
    async act(attacker) {
      const member = await attacker.member({ answersPings: false });
      const ending = await member.ending();
      return `${ending}, ${(await attacker.isDropped(member.connection)) ? 'dropped' : 'kept'}`;
    },
  },
  {
    name: 'ends its half, and is silent',
    required: 'dropped',
    async act(attacker) {
      const member = await attacker.member();
      member.connection.end();
      return (await attacker.isDropped(member.connection)) ? 'dropped' : 'kept';
    },
  },
  {
    name: 'joins nothing',
    required: 'close',
    async act(attacker) {
      const webSocket = await attacker.webSocket();
      await webSocket.opened();
      return webSocket.ending();
    },
  },
  {
    name: 'ends in the middle of a frame, at every byte',
    required: 'alive',
    async act(attacker) {
      const bytes = frame(alive);
      for (let length = 1; length < bytes.length; length++) {
        const member = await attacker.member();
        member.connection.write(bytes.subarray(0, length));
        await member.connection.flushed();
        member.connection.reset();
      }
      return (await attacker.member()).outcome();
    },
  },
];
