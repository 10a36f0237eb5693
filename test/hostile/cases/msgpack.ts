import { encode } from 'notepack.io';
import type { HostileCase } from '../hostile-case.js';

const question = encode({ type: 2, nsp: '/', data: ['alive'], id: 77 });
const deep = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
};

/** Packets behind a CONNECT to the main namespace, and whether the session goes on. */
const packets: readonly (readonly [name: string, packet: unknown, required: string | RegExp])[] = [
  ['no packet', null, 'close'],
  ['a number', 1, 'close'],
  ['a list', [2, '/', ['alive']], 'close'],
  ['no type', { nsp: '/', data: ['alive'] }, 'close'],
  ['the type __proto__', { type: '__proto__', nsp: '/', data: ['alive'] }, 'close'],
  ['the type 9', { type: 9, nsp: '/', data: ['alive'] }, 'close'],
  ['the type -1', { type: -1, nsp: '/', data: ['alive'] }, 'close'],
  ['half a type', { type: 2.5, nsp: '/', data: ['alive'] }, 'close'],
  ['no namespace', { type: 2, data: ['alive'] }, 'close'],
  ['a namespace that is an object', { type: 2, nsp: { toString: 'a' }, data: ['alive'] }, 'close'],
  ['a namespace that it is not in', { type: 2, nsp: '/other', data: ['alive'] }, 'close'],
  ['an event without data', { type: 2, nsp: '/' }, 'close'],
  ['an event of an object', { type: 2, nsp: '/', data: { 0: 'alive', length: 1 } }, 'close'],
  ['an event without a name', { type: 2, nsp: '/', data: [] }, 'close'],
  ['an event whose name is an object', { type: 2, nsp: '/', data: [{ toString: 'a' }] }, 'close'],
  ['an event whose name is a list', { type: 2, nsp: '/', data: [['alive']] }, 'close'],
  ['the event __proto__', { type: 2, nsp: '/', data: ['__proto__', { a: 1 }] }, 'alive'],
  ['the event error', { type: 2, nsp: '/', data: ['error', { a: 1 }] }, 'alive'],
  ['the reserved event disconnect', { type: 2, nsp: '/', data: ['disconnect'] }, 'close'],
  ['a question with the id -1', { type: 2, nsp: '/', data: ['alive'], id: -1 }, 'close'],
  ['a question with a text for an id', { type: 2, nsp: '/', data: ['alive'], id: '__proto__' }, 'close'],
  ['a question with 1e308 for an id', { type: 2, nsp: '/', data: ['alive'], id: 1e308 }, 'alive'],
  ['the answer to nothing', { type: 3, nsp: '/', data: [], id: 5 }, 'alive'],
  ['an answer without an id', { type: 3, nsp: '/', data: [] }, 'alive'],
  ['a CONNECT_ERROR', { type: 4, nsp: '/', data: { message: 'no' } }, 'close'],
  ['a CONNECT with a list', { type: 0, nsp: '/', data: [] }, 'close'],
  ['a value of 1,000 levels', { type: 2, nsp: '/', data: ['echo', deep(1_000)] }, /^(alive|close)$/],
  ['placeholders', { type: 2, nsp: '/', data: ['echo', { _placeholder: true, num: 0 }] }, 'alive'],
];

const texts = ['', '0', '40', '42["alive"]', '451-["alive"]', '\0', '{"type":2}'];

function act(bytes: string | Buffer): HostileCase['act'] {
  return async (attacker) => {
    const webSocket = await attacker.webSocket();
    await webSocket.opened();
    webSocket.send(encode({ type: 0, nsp: '/' }));
    await webSocket.until(() => webSocket.messages.length > 0);
    webSocket.messages.length = 0;
    webSocket.send(bytes);
    webSocket.send(question);
    return (await webSocket.until(() => webSocket.messages.length > 0)) ? 'alive' : webSocket.ending(1);
  };
}

export const msgpackCases: readonly HostileCase[] = [
  ...packets.map(([name, packet, required]) => ({
    name: `MessagePack: sends ${name}`,
    required,
    act: act(encode(packet)),
  })),
  ...texts.map((text) => ({
    name: `MessagePack: sends the text ${JSON.stringify(text)}`,
    required: 'close',
    act: act(`4${text}`),
  })),
  ...[
    Buffer.alloc(0),
    Buffer.from([0xc1]),
    Buffer.alloc(1_000, 0xff),
    encode({ type: 2, nsp: '/' }).subarray(0, 5),
  ].map((bytes, index) => ({
    name: `MessagePack: sends bytes of no value, ${index}`,
    required: 'close',
    act: act(bytes),
  })),
];
