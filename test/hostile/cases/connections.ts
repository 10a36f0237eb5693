import type { Attacker } from '../attacker.js';
import type { HostileCase } from '../hostile-case.js';
import { httpRequest, type HttpAnswer } from '../http-text.js';
import type { RawConnection } from '../raw-connection.js';

const handshake = '/socket.io/?EIO=4&transport=polling';
const webSocket = '/socket.io/?EIO=4&transport=websocket';

/** Comes through the proxy, from an address. */
const from = (address: string): string => `X-Forwarded-For: ${address}`;

let lastAddress = 0;

/** An address that nobody has come from: those that have are remembered, whenever a case runs again. */
function fresh(): string {
  lastAddress++;
  return `10.0.${lastAddress >> 8}.${lastAddress & 255}`;
}

function begin(attacker: Attacker, address: string): Promise<HttpAnswer> {
  return attacker.request(handshake, { headers: [from(address)] });
}

/** Status, and whether it says when to come again. */
function shown({ status, head }: HttpAnswer): string {
  return `${status}${/^retry-after: [1-9]\d*$/im.test(head) ? ' later' : ''}`;
}

/** The same answers as one, with their count. */
function counted(answers: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  return [...counts].map(([answer, count]) => `${count} × ${answer}`).join(', ');
}

async function beginAgain(attacker: Attacker, addresses: readonly string[]): Promise<string> {
  const answers: string[] = [];
  for (const address of addresses) answers.push(shown(await begin(attacker, address)));
  return counted(answers);
}

/** Connections that send a part of a request each, and nothing more. @returns how many the server has ended. */
async function dawdle(attacker: Attacker, count: number, bytes: string): Promise<string> {
  const connections: RawConnection[] = [];
  for (let index = 0; index < count; index++) {
    const connection = await attacker.connect();
    connection.write(bytes);
    connections.push(connection);
  }
  const ended = await Promise.all(connections.map((each) => each.until(() => each.isEnded)));
  return `${ended.filter(Boolean).length} ended`;
}

const same = (count: number, address: string): string[] => Array<string>(count).fill(address);

export const connectionCases: readonly HostileCase[] = [
  {
    name: 'opens 12 sessions from one address of ten',
    required: '10 × 200, 2 × 429 later',
    isAlone: true,
    act: (attacker) => beginAgain(attacker, same(12, fresh())),
  },
  {
    name: 'opens sessions from the addresses of one prefix',
    required: '10 × 200, 2 × 429 later',
    isAlone: true,
    act(attacker) {
      const prefix = `2001:db8:0:${(++lastAddress).toString(16)}`;
      return beginAgain(
        attacker,
        Array.from({ length: 12 }, (_each, index) => `${prefix}::${index}`),
      );
    },
  },
  {
    name: 'opens and closes sessions from one address 20 times',
    required: '15 × 200, 5 × 429 later',
    isAlone: true,
    async act(attacker) {
      const [address, answers] = [fresh(), [] as string[]];
      for (let count = 0; count < 20; count++) {
        const answer = await begin(attacker, address);
        answers.push(shown(answer));
        const sid = /"sid":"([^"]+)"/.exec(answer.body)?.[1];
        if (sid !== undefined) await attacker.request(`${handshake}&sid=${sid}`, { method: 'POST', body: '1' });
      }
      return counted(answers);
    },
  },
  {
    name: 'writes addresses before that of the proxy',
    required: '10 × 200, 2 × 429 later',
    isAlone: true,
    act(attacker) {
      const address = fresh();
      return beginAgain(
        attacker,
        Array.from({ length: 12 }, () => `${fresh()}, ${address}`),
      );
    },
  },
  {
    name: 'opens sessions from anywhere until there is no room',
    // One of 40 is the canary's.
    required: '39 × 200, 11 × 503 later',
    isAlone: true,
    act: (attacker) => beginAgain(attacker, Array.from({ length: 50 }, fresh)),
  },
  {
    name: 'opens WebSockets from one address of ten',
    required: '10 × 101, 2 × 429',
    isAlone: true,
    async act(attacker) {
      const [address, answers] = [fresh(), [] as string[]];
      for (let count = 0; count < 12; count++) {
        const socket = await attacker.webSocket({ target: webSocket, headers: [from(address)] });
        await socket.opened();
        answers.push(socket.head.slice(9, 12));
      }
      return counted(answers);
    },
  },
  {
    name: 'never ends the headers of 200 requests',
    required: '200 ended',
    isAlone: true,
    act: (attacker) => dawdle(attacker, 200, `GET ${handshake} HTTP/1.1\r\nHost: localhost\r\nX-Slow: `),
  },
  {
    name: 'never ends the bodies of 200 requests',
    required: '200 ended',
    isAlone: true,
    act: (attacker) =>
      dawdle(attacker, 200, `${httpRequest(handshake, { method: 'POST', headers: ['Content-Length: 9'] })}4`),
  },
  {
    name: 'sends nothing at all in 200 connections',
    required: '200 ended',
    isAlone: true,
    act: (attacker) => dawdle(attacker, 200, ''),
  },
  {
    name: 'is as if its machine were gone, nine times at once',
    required: '9 dropped',
    isAlone: true,
    async act(attacker) {
      const headers = [from(fresh())];
      const sockets = await Promise.all(
        Array.from({ length: 9 }, () => attacker.member({ headers, answersPings: false })),
      );
      for (const { connection } of sockets) connection.pause();
      const dropped = await Promise.all(sockets.map(({ connection }) => attacker.isDropped(connection)));
      return `${dropped.filter(Boolean).length} dropped`;
    },
  },
];
