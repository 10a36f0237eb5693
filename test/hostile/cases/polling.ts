import { gzipSync } from 'node:zlib';
import { told } from '../attacker.js';
import { posted, type HostileCase } from '../hostile-case.js';
import { httpRequest } from '../http-text.js';
import { RawPolling } from '../raw-polling.js';

const separator = '\x1e';
const ok = '200 ok';
const limit = 1_000_000;
const text = 'Content-Type: text/plain;charset=UTF-8';

/** What stands in a body, and whether the session survives it. */
const bodies: readonly (readonly [name: string, body: string, fate: 'alive' | 'gone'])[] = [
  ['nothing', '', 'gone'],
  ['no packet', 'abc', 'gone'],
  ['separators alone', separator.repeat(3), 'gone'],
  ['an unknown type', '9', 'gone'],
  ['an empty message', '4', 'gone'],
  ['base64 that is none', 'b***', 'gone'],
  ['bytes that no packet announced', 'bAQID', 'gone'],
  ['a ping, which is ours to send', '2', 'gone'],
  ['a probe', '2probe', 'gone'],
  ['a pong that nobody asked for', '3', 'alive'],
  ['a handshake', '0{"sid":"a"}', 'alive'],
  ['an upgrade', '5', 'alive'],
  ['a noop', '6', 'alive'],
  ['a close', '1', 'gone'],
  ['a close, and an event behind it', `1${separator}42["alive"]`, 'gone'],
  ['an event, and garbage behind it', `42["alive"]${separator}xyz`, 'gone'],
  ['bytes that are no UTF-8', '42["\xff\xc0\xaf"]', 'alive'],
  ['a second CONNECT', '40', 'gone'],
  ['a million opening brackets', `42${'['.repeat(limit - 10)}`, 'gone'],
  ['a form', 'd=42%5B%22alive%22%5D', 'gone'],
];

export const pollingCases: readonly HostileCase[] = [
  ...bodies.map(([name, body, fate]) => posted(`posts ${name}`, () => body, `${ok}, ${fate}`)),
  posted('posts 100,000 events in a body', () => Array(100_000).fill('42[""]').join(separator), `${ok}, alive`, {
    isAlone: true,
  }),
  posted('posts 100,000 noops in a body', () => Array(100_000).fill('6').join(separator), `${ok}, alive`, {
    isAlone: true,
  }),
  posted(
    'posts 10,000 CONNECTs to namespaces that there are not',
    () => Array.from({ length: 10_000 }, (_each, index) => `40/no-${index},`).join(separator),
    `${ok}, alive`,
    { isAlone: true },
  ),
  posted(
    'posts 10,000 CONNECTs to namespaces that are made for it',
    () => Array.from({ length: 10_000 }, (_each, index) => `40/dyn-${index},`).join(separator),
    `${ok}, alive`,
    { isAlone: true },
  ),
  posted('posts as much as it may', () => `42["alive","${'a'.repeat(limit - 14)}"]`, `${ok}, alive`),
  posted('posts one byte more than it may', () => `42["alive","${'a'.repeat(limit - 13)}"]`, '413, alive'),
  withSession(
    'posts two megabytes in chunks',
    async (session, attacker) => {
      const head = httpRequest(session.target, { method: 'POST', headers: ['Transfer-Encoding: chunked'] });
      const chunk = `${(65_536).toString(16)}\r\n${'a'.repeat(65_536)}\r\n`;
      return told(await attacker.exchange(head + chunk.repeat(32) + '0\r\n\r\n', 1));
    },
    '413, alive',
  ),
  withSession(
    'announces a gigabyte and sends nothing',
    async (session, attacker) => {
      const head = httpRequest(session.target, { method: 'POST', headers: [`Content-Length: ${1024 ** 3}`] });
      return told(await attacker.exchange(head, 1));
    },
    '413, alive',
  ),
  withSession(
    'announces less than it sends',
    async (session, attacker) => {
      const head = httpRequest(session.target, { method: 'POST', isKept: true, headers: [text, 'Content-Length: 1'] });
      return told(await attacker.exchange(`${head}6${'a'.repeat(100_000)}`));
    },
    /^(200 ok \| )?400, alive$/,
  ),
  withSession(
    'announces more than it sends, and ends',
    async (session, attacker) => {
      const connection = await attacker.connect();
      connection.write(`${httpRequest(session.target, { method: 'POST', headers: [text, 'Content-Length: 100'] })}4`);
      await connection.flushed();
      connection.end();
      await connection.until(() => connection.isEnded);
      return connection.received.toString('latin1').slice(9, 12);
    },
    /^(400)?, gone$/,
  ),
  withSession(
    'never ends its body',
    async (session, attacker) => {
      const head = httpRequest(session.target, { method: 'POST', headers: [text, 'Content-Length: 100'] });
      const connection = await attacker.connect();
      connection.write(`${head}4`);
      await connection.until(() => connection.isEnded);
      return connection.isEnded ? 'ended' : 'silence';
    },
    'ended, gone',
  ),
  withSession(
    'resets within its body',
    async (session, attacker) => {
      const connection = await attacker.connect();
      connection.write(`${httpRequest(session.target, { method: 'POST', headers: [text, 'Content-Length: 100'] })}4`);
      await connection.flushed();
      connection.reset();
      // Its own requests might overtake the reset.
      await attacker.isDropped(connection);
      return 'reset';
    },
    'reset, gone',
  ),
  ...['gzip', 'deflate', 'br'].map((coding) =>
    withSession(
      `posts a body that it calls ${coding}`,
      async (session, attacker) => {
        const body = gzipSync('a'.repeat(50 * limit));
        const headers = [text, `Content-Encoding: ${coding}`, `Content-Length: ${body.length}`];
        const head = Buffer.from(httpRequest(session.target, { method: 'POST', headers }));
        return told(await attacker.exchange(Buffer.concat([head, body])));
      },
      /^(200 ok|415), gone$/,
    ),
  ),
  withSession(
    'posts bytes',
    async (session) => {
      const headers = ['Content-Type: application/octet-stream'];
      return told([await session.post('\x00\x01\xff4a', headers)]);
    },
    '400, gone',
  ),
  withSession(
    'posts no bytes at all as bytes',
    async (session) => {
      return told([await session.post('', ['Content-Type: application/octet-stream'])]);
    },
    '400, gone',
  ),
  ...['multipart/form-data; boundary=a', 'application/json', '__proto__', 'text/plain;charset=UTF-16'].map((type) =>
    withSession(
      `posts what it calls ${type}`,
      async (session) => {
        return told([await session.post('6', [`Content-Type: ${type}`])]);
      },
      '200 ok, alive',
    ),
  ),
  withSession(
    'polls twice at the same time',
    async (session) => {
      const both = await Promise.all([session.poll(), session.poll()]);
      return both
        .map((answer) => told([answer]))
        .sort()
        .join(' | ');
    },
    '200 1 | 400, gone',
  ),
  withSession(
    'polls twice in one segment',
    async (session, attacker) => {
      const both = httpRequest(session.target, { isKept: true }) + httpRequest(session.target);
      return told(await attacker.exchange(both));
    },
    '200 1 | 400, gone',
  ),
  withSession(
    'posts twice at the same time',
    async (session, attacker) => {
      const open = await attacker.connect();
      open.write(`${httpRequest(session.target, { method: 'POST', headers: [text, 'Content-Length: 5'] })}4`);
      await open.flushed();
      // A round trip on another connection is no order; the answer to a poll that comes behind it is.
      const polled = session.poll();
      const second = told([await session.post('6')]);
      open.destroy();
      return `${second}, ${told([await polled]).slice(0, 3)}`;
    },
    /^(400|200 ok), (200|400), gone$/,
  ),
  withSession(
    'resets its poll',
    async (session, attacker) => {
      const connection = await attacker.connect();
      connection.write(httpRequest(session.target, { isKept: true }));
      await connection.flushed();
      // Behind two answers on other connections the server has read it.
      for (let count = 0; count < 2; count++) await attacker.request('/elsewhere');
      connection.reset();
      await attacker.isDropped(connection);
      return 'reset';
    },
    'reset, gone',
  ),
  withSession(
    'polls and posts when it is over',
    async (session) => {
      await session.post('1');
      return told([await session.poll(), await session.post('42["alive"]')]);
    },
    '400 {"code":1,"message":"Session ID unknown"} | 400 {"code":1,"message":"Session ID unknown"}, gone',
  ),
  ...['PUT', 'DELETE', 'OPTIONS', 'PATCH'].map((method) =>
    withSession(
      `uses ${method} on its session`,
      async (session) => {
        return told([await session.request({ method, body: '42["alive"]' })]);
      },
      /^(400|405|500).*, alive$/,
    ),
  ),
  withSession(
    'polls with a body',
    async (session) => {
      const [answer] = await Promise.all([session.request({ body: 'a'.repeat(1_000) }), session.post('4277["alive"]')]);
      return told([answer]);
    },
    '200 4377[], alive',
  ),
  {
    name: 'opens sessions and never polls',
    required: '200 opened',
    async act(attacker) {
      for (let count = 0; count < 200; count++) await RawPolling.open(attacker);
      return '200 opened';
    },
  },
  {
    name: 'posts a megabyte of backslashes to a page that loads scripts',
    required: '200 ok, gone',
    isAlone: true,
    async act(attacker) {
      const session = await RawPolling.open(attacker, 'EIO=4&transport=polling&j=0');
      const answer = told([await session.post(`d=${'\\'.repeat(limit - 10)}n`)]);
      return `${answer}, ${await session.outcome()}`;
    },
  },
  {
    name: 'posts without a field to a page that loads scripts',
    required: '200 ok, gone',
    async act(attacker) {
      const session = await RawPolling.open(attacker, 'EIO=4&transport=polling&j=0');
      const answer = told([await session.post('x=42')]);
      return `${answer}, ${await session.outcome()}`;
    },
  },
];

function withSession(
  name: string,
  attack: (session: RawPolling, attacker: Parameters<HostileCase['act']>[0]) => Promise<string>,
  required: string | RegExp,
): HostileCase {
  return {
    name,
    required,
    async act(attacker) {
      const session = await RawPolling.joined(attacker);
      const seen = await attack(session, attacker);
      return `${seen}, ${await session.outcome()}`;
    },
  };
}
