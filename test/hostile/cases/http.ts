import { told } from '../attacker.js';
import { overTcp, type HostileCase } from '../hostile-case.js';
import { httpRequest, upgradeRequest } from '../http-text.js';

const path = '/socket.io/';
const polling = 'EIO=4&transport=polling';

const noTransport = '400 {"code":0,"message":"Transport unknown"}';
const noSession = '400 {"code":1,"message":"Session ID unknown"}';
const noMethod = '400 {"code":2,"message":"Bad handshake method"}';
const noRevision = '400 {"code":5,"message":"Unsupported protocol version"}';
const opened = /^200 0\{"sid":"[\w-]{20,}","upgrades":/;
const elsewhere = '404 elsewhere';
const malformed = '400';

const queries: readonly (readonly [query: string, required: string | RegExp])[] = [
  ['', noTransport],
  ['?', noTransport],
  ['?EIO=4', noTransport],
  ['?EIO=4&transport', noTransport],
  ['?EIO=4&transport=', noTransport],
  ['?EIO=4&transport=__proto__', noTransport],
  ['?EIO=4&transport=constructor', noTransport],
  ['?EIO=4&transport=toString', noTransport],
  ['?EIO=4&transport=hasOwnProperty', noTransport],
  ['?EIO=4&__proto__=polling', noTransport],
  ['?EIO=4&transport[]=polling', noTransport],
  ['?EIO=4&transport=POLLING', noTransport],
  ['?EIO=4&transport=webtransport', noTransport],
  ['?EIO=4&transport=polling%00', noTransport],
  ['?EIO=4&transport=polling%0d%0aX-Forged:%20yes', noTransport],
  ['?EIO=4&transport=%E0%A4%A', noTransport],
  ['?EIO=4&transport=%', noTransport],
  ['?EIO=4&transport=polling&transport=__proto__', noTransport],
  ['?EIO=4&transport=__proto__&transport=polling', opened],
  ['?transport=polling', noRevision],
  ['?EIO=&transport=polling', noRevision],
  ['?EIO=3&transport=polling', noRevision],
  ['?EIO=5&transport=polling', noRevision],
  ['?EIO=04&transport=polling', noRevision],
  ['?EIO=4%00&transport=polling', noRevision],
  ['?EIO=1e400&transport=polling', noRevision],
  ['?EIO=__proto__&transport=polling', noRevision],
  ['?EIO=4&EIO=3&transport=polling', noRevision],
  [`?${polling}&sid=__proto__`, noSession],
  [`?${polling}&sid=constructor`, noSession],
  [`?${polling}&sid=%00`, noSession],
  [`?${polling}&sid=..%2f..%2fetc%2fpasswd`, noSession],
  [`?${polling}&sid=%0d%0aSet-Cookie:%20a=b`, noSession],
  [`?${polling}&sid=a&sid=b`, noSession],
  [`?${polling}&sid=${'a'.repeat(10_000)}`, noSession],
  [`?${'a=1&'.repeat(3_000)}${polling}`, opened],
  ['?EIO=4&transport=websocket', '400 {"code":3,"message":"Bad request"}'],
];

const methods = ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND', 'PURGE'];

const targets: readonly (readonly [target: string, required: string | RegExp])[] = [
  [`/socket.ioevil/?${polling}`, elsewhere],
  [`/socket.io-client/?${polling}`, elsewhere],
  [`/socket.io/x?${polling}`, elsewhere],
  [`/socket.io/../socket.io/?${polling}`, elsewhere],
  [`/socket.io/%2e%2e/?${polling}`, elsewhere],
  [`//socket.io/?${polling}`, elsewhere],
  [`/SOCKET.IO/?${polling}`, elsewhere],
  [`/socket.io;a=b/?${polling}`, elsewhere],
  [`/%73ocket.io/?${polling}`, elsewhere],
  [`http://evil.test/socket.io/?${polling}`, elsewhere],
  ['/socket.io/../../etc/passwd', elsewhere],
  ['/socket.io/socket.io.js/../../package.json', elsewhere],
  [`*`, elsewhere],
];

/** Requests whose bytes HTTP itself forbids, or that two servers could read differently. */
const malformedRequests: readonly (readonly [name: string, bytes: string, required: string | RegExp])[] = [
  ['gives two lengths', post(['Content-Length: 4', 'Content-Length: 5'], '4aaa'), malformed],
  ['gives a length and chunks', post(['Content-Length: 4', 'Transfer-Encoding: chunked'], '0\r\n\r\n'), malformed],
  [
    'names a coding that only looks chunked',
    post(['Transfer-Encoding: xchunked'], '0\r\n\r\n'),
    /^400( \{"code":2.*)?$/,
  ],
  ['chunks twice', post(['Transfer-Encoding: chunked, identity'], '0\r\n\r\n'), malformed],
  ['gives a negative length', post(['Content-Length: -1'], 'a'), malformed],
  ['gives a signed length', post(['Content-Length: +1'], 'a'), malformed],
  ['gives a length beyond numbers', post([`Content-Length: ${'9'.repeat(30)}`], 'a'), malformed],
  ['puts a space before a colon', request(['Transfer-Encoding : chunked']), malformed],
  ['puts a NUL into a header', request(['X-A: a\0b']), malformed],
  ['puts a control character into its origin', request(['Origin: http://a\x01b']), malformed],
  ['ends lines without CR', `GET ${path}?${polling} HTTP/1.1\nHost: a\nConnection: close\n\n`, malformed],
  ['has no host', `GET ${path}?${polling} HTTP/1.1\r\nConnection: close\r\n\r\n`, malformed],
  ['speaks HTTP/9.9', `GET ${path}?${polling} HTTP/9.9\r\nHost: a\r\n\r\n`, malformed],
  ['makes up a method', `HAXX ${path}?${polling} HTTP/1.1\r\nHost: a\r\n\r\n`, malformed],
  ['sends a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', malformed],
  ['sends the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', malformed],
  ['sends nothing but line ends', '\r\n'.repeat(50_000) + 'x\r\n\r\n', malformed],
  ['sends a header above 16 kB', request([`X-A: ${'a'.repeat(17_000)}`]), '431'],
  ['sends a URL above 16 kB', `GET ${path}?${'a'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, '431'],
  ['asks for a tunnel', 'CONNECT example.test:443 HTTP/1.1\r\nHost: a\r\n\r\n', 'end'],
  ['expects the impossible', request(['Expect: nonsense']), '417'],
];

export const httpCases: readonly HostileCase[] = [
  ...queries.map(([query, required]) => overTcp(`asks for ${shown(query)}`, httpRequest(path + query), required)),
  ...methods.map((method) =>
    overTcp(`opens a session with ${method}`, httpRequest(`${path}?${polling}`, { method, body: '' }), noMethod),
  ),
  overTcp('opens a session with HEAD', httpRequest(`${path}?${polling}`, { method: 'HEAD' }), '400'),
  ...targets.map(([target, required]) => overTcp(`asks for ${shown(target)}`, httpRequest(target), required)),
  ...malformedRequests.map(([name, bytes, required]) => overTcp(name, bytes, required)),
  overTcp(
    'chunks with a size that is none',
    post(['Transfer-Encoding: chunked'], 'xyz\r\n'),
    /^400 \{"code":2.*\} ?\|? ?/,
  ),
  overTcp('sends 1,900 headers', httpRequest(`${path}?${polling}`, { headers: manyHeaders(1_900) }), opened),
  {
    name: 'comes from another origin, with a cookie',
    required: 'opened, no access',
    async act(attacker) {
      const headers = ['Origin: https://evil.test', 'Cookie: session=1'];
      const { body, head } = await attacker.request(`${path}?${polling}`, { headers });
      return `${opened.test(`200 ${body}`) ? 'opened' : body}, ${/access-control/i.test(head) ? head : 'no access'}`;
    },
  },
  {
    name: 'asks whether another origin may come',
    required: `${noMethod}, no access`,
    async act(attacker) {
      const headers = ['Origin: https://evil.test', 'Access-Control-Request-Method: POST'];
      const answer = await attacker.request(`${path}?${polling}`, { method: 'OPTIONS', headers });
      return `${told([answer])}, ${/access-control/i.test(answer.head) ? answer.head : 'no access'}`;
    },
  },
  {
    name: 'writes line ends into what an answer could repeat',
    required: 'none repeated',
    async act(attacker) {
      const forged = '%0d%0aX-Forged:%20yes';
      const answers = await Promise.all(
        [
          `?EIO=4&transport=${forged}`,
          `?${polling}&sid=${forged}`,
          `?EIO=${forged}&transport=polling`,
          `?${polling}&j=${forged}`,
        ].map((query) => attacker.request(path + query)),
      );
      return answers.some(({ head }) => /x-forged/i.test(head)) ? 'repeated' : 'none repeated';
    },
  },
  {
    name: 'names the function of its answer',
    required: /^200 ___eio\[0112\]\("0\{/,
    async act(attacker) {
      return told([await attacker.request(`${path}?${polling}&j=0]alert(1);x[12`)]);
    },
  },
  {
    name: 'sends twenty handshakes in one segment',
    required: '20 opened',
    async act(attacker) {
      const all = Array.from({ length: 20 }, (_each, index) =>
        httpRequest(`${path}?${polling}`, { isKept: index < 19 }),
      ).join('');
      const answers = await attacker.exchange(all);
      return `${answers.filter((each) => opened.test(told([each]))).length} opened`;
    },
  },
  {
    name: 'never ends its headers',
    required: '408',
    async act(attacker) {
      return told(await attacker.exchange(`GET ${path}?${polling} HTTP/1.1\r\nHost: a\r\nX-`));
    },
  },
  {
    name: 'resets within its headers, at every byte',
    required: 'alive',
    async act(attacker) {
      const bytes = httpRequest(`${path}?${polling}`);
      for (let length = 1; length <= bytes.length; length++) {
        const connection = await attacker.connect();
        connection.write(bytes.slice(0, length));
        await connection.flushed();
        connection.reset();
      }
      return (await attacker.member()).outcome();
    },
  },
  {
    name: 'hides its upgrade behind 2,000 headers',
    required: '400',
    async act(attacker) {
      const own = upgradeRequest(`${path}?EIO=4&transport=websocket`);
      const firstLine = own.slice(0, own.indexOf('\r\n') + 2);
      const headers = `${manyHeaders(2_000).join('\r\n')}\r\n`;
      const connection = await attacker.connect();
      connection.write(firstLine + headers + own.slice(firstLine.length));
      await connection.until(() => connection.isEnded);
      return connection.received.toString('latin1').slice(9, 12);
    },
  },
];

function request(headers: readonly string[]): string {
  return httpRequest(`${path}?${polling}`, { headers });
}

/** A POST whose headers say of its body what they like. */
function post(headers: readonly string[], body: string): string {
  return httpRequest(`${path}?${polling}`, { method: 'POST', headers }) + body;
}

function manyHeaders(count: number): string[] {
  return Array.from({ length: count }, () => 'a: b');
}

function shown(text: string): string {
  return text.length > 80 ? `${text.slice(0, 40)}… of ${text.length} characters` : text === '' ? 'nothing' : text;
}
