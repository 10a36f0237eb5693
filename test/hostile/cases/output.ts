import type { Attacker } from '../attacker.js';
import { frame, opcodes } from '../frames.js';
import type { HostileCase } from '../hostile-case.js';
import { httpRequest } from '../http-text.js';
import { RawPolling } from '../raw-polling.js';
import type { RawWebSocket } from '../raw-websocket.js';

/** How much more the server may hold because of one connection, whatever it leaves unread, in bytes. */
const mostHeld = 8 * 2 ** 20;
/** More than kernel and server keep for anybody, in steps that are each below every limit: half a megabyte. */
const [steps, perStep] = [60, 32] as const;
const held = (bytes: number): string => (bytes <= mostHeld ? 'little held' : `${bytes} bytes held`);

/** Has output piled up that nobody reads. @returns the most that the server has held, in bytes, and whether it let go. */
async function pile(attacker: Attacker, member: RawWebSocket, how: string): Promise<{ most: number; isGone: boolean }> {
  const { target } = attacker;
  const before = await target.ask('memory');
  let most = 0;
  for (let step = 0; step < steps; step++) {
    member.send(`42["pile","${how}",${perStep}]`);
    await member.connection.flushed();
    most = Math.max(most, (await target.ask('memory')) - before);
    if ((await target.ask('left', [member.connection.port])).sessions === 0) return { most, isGone: true };
  }
  return { most, isGone: false };
}

async function reasonOf(attacker: Attacker, port: number): Promise<string> {
  return (await attacker.target.ask('reasons', [port])).join();
}

/** A WebSocket that asks for output, and reads none of it. */
async function deaf(attacker: Attacker, how: string): Promise<string> {
  const member = await attacker.member();
  member.send('42["join","piles"]');
  await member.outcome();
  member.connection.pause();
  const { most, isGone } = await pile(attacker, member, how);
  const fate = isGone ? await reasonOf(attacker, member.connection.port) : 'kept';
  const isDropped = !isGone || (await attacker.isDropped(member.connection));
  return `${fate}, ${isDropped ? held(most) : 'not dropped'}`;
}

const closed = 'slow consumer, little held';

/** What a client is sent, for what it sends: at most twice as much, and so many bytes for each packet or request. */
async function amplified(attacker: Attacker, packets: readonly (string | Buffer)[], perPacket = 64): Promise<string> {
  const member = await attacker.member();
  const { connection } = member;
  const [before, sent] = [connection.bytesIn, connection.bytesOut];
  connection.write(Buffer.concat(packets.map((packet) => frame(packet))));
  const outcome = (await member.outcome()).split(' ').at(-1)!;
  const [incoming, outgoing] = [connection.bytesOut - sent, connection.bytesIn - before];
  const isBounded = outgoing <= 2 * incoming + perPacket * (packets.length + 1);
  return `${isBounded ? 'bounded' : `${outgoing} bytes for ${incoming}`} ${outcome}`;
}

const thousand = <T>(each: (index: number) => T): T[] => Array.from({ length: 1_000 }, (_each, index) => each(index));
const placeholder = '{"_placeholder":true,"num":0}';

const amplifications: readonly (readonly [
  name: string,
  packets: () => (string | Buffer)[],
  required: string | RegExp,
])[] = [
  ['has a text of 200 kB sent back', () => [`421["echo","${'a'.repeat(200_000)}"]`], 'bounded alive'],
  [
    'has text sent back that JSON writes longer',
    () => [`421["echo","${'\u2028\\u0001\ud7ff'.repeat(10_000)}"]`],
    'bounded alive',
  ],
  ['has bytes sent back', () => [`451-1["echo",${placeholder}]`, Buffer.alloc(200_000)], 'bounded alive'],
  [
    'has bytes sent back twice, which it sends once',
    () => [`451-1["echo",[${placeholder},${placeholder}]]`, Buffer.alloc(100_000)],
    /^bounded (alive|close)$/,
  ],
  ['is refused a thousand namespaces', () => thousand((index) => `40/no-${index},`), 'bounded close'],
  [
    'is refused a hundred namespaces of long names',
    () => thousand((index) => `40/${'n'.repeat(200)}${index},`).slice(0, 100),
    'bounded close',
  ],
  ['asks a thousand times', () => thousand((index) => `42${index}["alive"]`), 'bounded alive'],
  ['breaks the protocol', () => ['49'], 'bounded close'],
];

const requests: readonly (readonly [name: string, target: string])[] = [
  ['polls without a session', '/socket.io/?EIO=4&transport=polling&sid=none'],
  ['names no transport', '/socket.io/?EIO=4'],
  ['asks elsewhere', `/elsewhere/${'a'.repeat(4_000)}`],
  ['names a transport of 4,000 characters', `/socket.io/?EIO=4&transport=${'a'.repeat(4_000)}`],
];

export const outputCases: readonly HostileCase[] = [
  ...(['unicast', 'broadcast'] as const).map((how): HostileCase => ({
    name: `never reads, while output piles up: ${how}`,
    required: closed,
    isAlone: true,
    act: (attacker) => deaf(attacker, how),
  })),
  {
    name: 'never reads what others read: they get all of it',
    required: `${closed}, others: all`,
    isAlone: true,
    async act(attacker) {
      const other = await attacker.connectPublished();
      const numbers: number[] = [];
      other.on('piled', (n: number) => numbers.push(n));
      other.emit('join', 'piles');
      await other.emitWithAck('alive');
      const seen = await deaf(attacker, 'broadcast');
      await other.emitWithAck('alive');
      const isAll = numbers.length > 0 && numbers.every((n, index) => n === index % perStep);
      return `${seen}, others: ${isAll ? 'all' : numbers.join()}`;
    },
  },
  {
    name: 'never polls, while output piles up',
    required: `little held, gone`,
    isAlone: true,
    async act(attacker) {
      const session = await RawPolling.joined(attacker);
      const before = await attacker.target.ask('memory');
      let most = 0;
      for (let step = 0; step < steps; step++) {
        const { status } = await session.post(`42["pile","unicast",${perStep}]`);
        most = Math.max(most, (await attacker.target.ask('memory')) - before);
        if (status !== 200) break;
      }
      return `${held(most)}, ${await session.outcome()}`;
    },
  },
  {
    name: 'pings for 19 MB and reads no pong',
    required: 'little held',
    isAlone: true,
    async act(attacker) {
      const member = await attacker.member();
      const before = await attacker.target.ask('memory');
      member.connection.pause();
      const ping = frame('a'.repeat(125), { opcode: opcodes.ping });
      let most = 0;
      for (let step = 0; step < 30; step++) {
        member.connection.write(Buffer.concat(Array<Buffer>(5_000).fill(ping)));
        most = Math.max(most, (await attacker.target.ask('memory')) - before);
        if ((await attacker.target.ask('left', [member.connection.port])).sessions === 0) break;
      }
      return held(most);
    },
  },
  ...amplifications.map(([name, packets, required]): HostileCase => ({
    name,
    required,
    act: (attacker) => amplified(attacker, packets()),
  })),
  ...requests.map(([name, target]): HostileCase => ({
    name: `${name}, a hundred times`,
    required: 'bounded',
    async act(attacker) {
      const connection = await attacker.connect();
      connection.write(httpRequest(target, { isKept: true }).repeat(99) + httpRequest(target));
      await connection.until(() => connection.isEnded);
      const { bytesIn, bytesOut } = connection;
      return bytesIn <= 2 * bytesOut + 100 * 320 ? 'bounded' : `${bytesIn} bytes for ${bytesOut}`;
    },
  })),
  {
    name: 'leaves attachments unfinished in 25 connections',
    required: '25 open, little held',
    isAlone: true,
    async act(attacker) {
      const before = await attacker.target.ask('memory');
      const head = frame('452-["echo",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
      const members: RawWebSocket[] = [];
      for (let count = 0; count < 25; count++) {
        const member = await attacker.member();
        member.connection.write(Buffer.concat([head, frame(Buffer.alloc(250_000))]));
        await member.connection.flushed();
        members.push(member);
      }
      const ports = members.map(({ connection }) => connection.port);
      const more = (await attacker.target.ask('memory')) - before;
      const { sessions } = await attacker.target.ask('left', ports);
      return `${sessions} open, ${more <= 10 * 2 ** 20 ? 'little held' : `${more} bytes held`}`;
    },
  },
];

export const volatileFirstCases: readonly HostileCase[] = [
  {
    name: 'never reads volatile packets, which make room for each other',
    required: 'kept, little held',
    isAlone: true,
    act: (attacker) => deaf(attacker, 'volatile'),
  },
  {
    name: 'never reads packets that make no room for each other',
    required: closed,
    isAlone: true,
    act: (attacker) => deaf(attacker, 'unicast'),
  },
];
