import { told } from '../attacker.js';
import { frame } from '../frames.js';
import type { HostileCase } from '../hostile-case.js';
import { httpRequest } from '../http-text.js';
import { RawPolling } from '../raw-polling.js';

const query = 'EIO=3&transport=polling';
const ok = '200 ok';
const binary = 'Content-Type: application/octet-stream';

/** A body of revision 3, and whether the session survives it. */
const bodies: readonly (readonly [name: string, body: string | Buffer, fate: 'alive' | 'gone'])[] = [
  ['a length that is too long', '50:42["alive"]', 'gone'],
  ['a length that is too short', '5:42["alive"]', 'gone'],
  ['a length of 0', '0:1:6', 'gone'],
  ['a length of -1', '-1:6', 'gone'],
  ['a length of 1e3', '1e3:6', 'gone'],
  ['a length beyond numbers', `${'9'.repeat(400)}:6`, 'gone'],
  ['100,000 digits', '1'.repeat(100_000), 'gone'],
  ['no length', ':6', 'gone'],
  ['no colon', '6', 'gone'],
  ['half a character', '2:4\u{1f600}', 'gone'],
  ['100,000 packets', '1:6'.repeat(100_000), 'alive'],
  ['a heartbeat the wrong way round', '1:3', 'gone'],
  ['bytes of no kind', Buffer.from([7, 1, 0xff, 0x36]), 'gone'],
  ['bytes without the end of a length', Buffer.from([0, 1, 1, 1]), 'gone'],
  ['bytes with a length of letters', Buffer.from([0, 97, 0xff, 0x36]), 'gone'],
  ['bytes with a length that is too long', Buffer.from([0, 9, 9, 0xff, 0x36]), 'gone'],
  ['bytes with a length of nothing', Buffer.from([0, 0xff, 0x36]), 'gone'],
  ['bytes with 100,000 digits', Buffer.concat([Buffer.from([1]), Buffer.alloc(100_000, 9)]), 'gone'],
  ['bytes of no packet', Buffer.from([1, 1, 0xff, 0x99]), 'gone'],
];

export const revision3Cases: readonly HostileCase[] = [
  ...bodies.map(([name, body, fate]): HostileCase => ({
    name: `in revision 3: posts ${name}`,
    required: `${ok}, ${fate}`,
    async act(attacker) {
      const session = await RawPolling.open(attacker, query);
      const bytes = Buffer.from(body as string);
      const headers = [
        typeof body === 'string' ? 'Content-Type: text/plain' : binary,
        `Content-Length: ${bytes.length}`,
      ];
      const head = Buffer.from(httpRequest(session.target, { method: 'POST', headers }));
      const answer = told(await attacker.exchange(Buffer.concat([head, bytes])));
      const { status } = await session.request({ method: 'POST', body: '1:6' });
      return `${answer}, ${status === 200 ? 'alive' : 'gone'}`;
    },
  })),
  {
    name: 'in revision 3: upgrades with revision 4',
    required: '400',
    async act(attacker) {
      const session = await RawPolling.open(attacker, query);
      const target = session.target.replace('EIO=3&transport=polling', 'EIO=4&transport=websocket');
      return (await attacker.webSocket({ target, head: frame('2probe') })).ending();
    },
  },
  {
    name: 'upgrades a session of revision 4 with revision 3',
    required: '400; alive',
    async act(attacker) {
      const session = await RawPolling.joined(attacker);
      const target = session.target.replace('EIO=4&transport=polling', 'EIO=3&transport=websocket');
      const webSocket = await attacker.webSocket({ target, head: Buffer.concat([frame('5'), frame('2')]) });
      return `${await webSocket.ending()}; ${await session.outcome()}`;
    },
  },
  {
    name: 'in revision 3: sends bytes of no type over a WebSocket',
    required: /close$/,
    async act(attacker) {
      const webSocket = await attacker.webSocket({ target: '/socket.io/?EIO=3&transport=websocket' });
      await webSocket.message('40');
      webSocket.send(Buffer.from([0x99, 1]));
      return webSocket.ending();
    },
  },
  {
    name: 'in revision 3: answers a heartbeat that is its own to send',
    required: /close$/,
    async act(attacker) {
      const webSocket = await attacker.webSocket({ target: '/socket.io/?EIO=3&transport=websocket' });
      await webSocket.message('40');
      webSocket.send('3');
      return webSocket.ending();
    },
  },
];
