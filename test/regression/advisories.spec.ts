import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Server } from '../../lib/server/index.js';
import { startTestServer } from '../../lib/testing/index.js';
import { Attacker } from '../hostile/attacker.js';
import { groups } from '../hostile/groups.js';
import { pattern } from '../hostile/hostile-case.js';
import { webTransportOf } from '../hostile/programs/web-transport.js';
import { Target } from '../hostile/target.js';
import { member } from '../server/support.js';

/** Published vulnerabilities of servers of this protocol, with the cases of the corpus that are their input. */
const advisories: Readonly<Record<string, readonly string[]>> = {
  'CVE-2020-28481, GHSA-fxwf-4rqh-v8g3': [
    'comes from another origin, with a cookie',
    'asks whether another origin may come',
  ],
  'CVE-2024-38355, GHSA-25hc-qcg6-38wj': ['sends the event "error"'],
  'CVE-2020-36048, GHSA-j4f2-536g-r55m': ['posts two megabytes in chunks', 'announces a gigabyte and sends nothing'],
  'CVE-2022-21676, GHSA-273r-mgr4-v34f': [
    'sends garbage in the segment of its upgrade',
    'sends a frame with RSV2 in the segment of its upgrade',
    'sends a frame with RSV3 in the segment of its upgrade',
  ],
  'CVE-2022-41940, GHSA-r7qp-cfhv-p84w': ['upgrades a foreign path to h2c, and resets'],
  'CVE-2023-31125, GHSA-q9mw-68c2-j6m5': ['upgrades to the transport "__proto__"'],
  'CVE-2026-59725, GHSA-r635-g3xr-vw7x': ['posts bytes', 'posts no bytes at all as bytes'],
  'CVE-2026-59724, GHSA-gr94-w7qr-f4j3': ['over WebTransport: names the session __proto__'],
  'engine.io 6.6.8': ['over WebTransport: fails its handshake 500 times'],
  'engine.io 6.6.10': ['upgrades its session with revision "3"'],
  'CVE-2020-36049, GHSA-xfhh-g9f5-x4m4': [
    'sends a million digits',
    'asks with an id of 20 digits',
    'joins a namespace of 100,000 characters',
  ],
  'CVE-2022-2421, GHSA-qm95-pgcg-qqfq': ['points to the attachment "splice"'],
  'CVE-2023-32695, GHSA-cqmj-92xf-r6r9': ['names an event by an object'],
  'CVE-2026-33151, GHSA-677m-j7p3-52f9': ['announces 11 attachments', 'announces 99,999,999,999 attachments'],
  'GHSA-2m8v-j782-fhvr': ['announces 0 attachments', 'announces 0 attachments of an answer'],
  'CVE-2026-48804': ['never finishes its attachments, with a megabyte in hand, 50 times'],
  'CVE-2016-10542, GHSA-6663-c963-2gqg': ['announces 2^53 bytes', 'sends a byte more than it may'],
  'GHSA-5v72-xg48-5rpm': ['asks for an extension named constructor'],
  'CVE-2021-32640, GHSA-6fc8-4gx4-v693': ['asks for 14 kB of spaces as a subprotocol'],
  'CVE-2024-37890, GHSA-3h5v-q93c-6h6q': ['hides its upgrade behind 2,000 headers'],
  'CVE-2026-48779, GHSA-96hv-2xvq-fx4p': ['sends 200,000 pieces of a byte'],
  'ws #2329': ['sends 300 empty pieces'],
  'ws 8.23.0': ['pings without end and never reads'],
  'CVE-2026-40879': ['nests an event 400,000 levels deep', 'posts 100,000 events in a body'],
  'CVE-2026-33011': ['opens a session with HEAD'],
  'CVE-2026-35515': ['writes line ends into what an answer could repeat'],
};

const corpus = new Map(groups.find(({ program }) => program === 'plain')!.cases.map((each) => [each.name, each]));
const named = Object.entries(advisories).flatMap(([id, names]) => names.map((name) => [id, name] as const));
const idBits = 6;

describe('a server under the input of', () => {
  let target: Target;
  beforeAll(async () => {
    target = await Target.start('plain');
  }, 60_000);
  afterAll(() => target.stop());

  it.each(named)(
    '%s: who %s',
    async (_id, name) => {
      const each = corpus.get(name)!;
      const attacker = new Attacker(target);
      const seen = await each.act(attacker);
      attacker.leave();
      expect(seen).toMatch(pattern(each.required));
      // Rejects when the process has ended; what is left of the case is looked at where the corpus runs.
      await target.ask('totals');
    },
    60_000,
  );
});

describe('a server and what', () => {
  it('CVE-2017-16031, GHSA-qv2v-m59f-v5fw is about: ids have nothing in common', async () => {
    await using server = await startTestServer();
    const ids = await Promise.all(Array.from({ length: 4_096 }, () => server.io.engine.generateId(undefined)));
    expect(new Set(ids).size).toBe(ids.length);
    // At each place any of the 64 letters: that one of them never comes at one of them has a chance below 1 in 10^24.
    for (let place = 0; place < ids[0]!.length; place++) {
      expect(new Set(ids.map((id) => id[place])).size).toBe(64);
    }
  });

  it('CVE-2017-16031 is about: ids have at least 128 bits', async () => {
    await using server = await startTestServer();
    expect((await server.io.engine.generateId(undefined)).length * idBits).toBeGreaterThanOrEqual(128);
  });

  it('engine.io 6.6.7 is about: middlewares decide about WebTransport, too', async () => {
    await using server = await startTestServer(undefined, { transports: ['polling', 'websocket', 'webtransport'] });
    server.io.engine.use((_request, _response, next) => next(new Error('no')));
    const open = Buffer.from([1, 0x30]).toString('base64');
    expect(await webTransportOf(server.io, [open], false)).toBe('closed, no answer');
    expect(server.io.engine.clientsCount).toBe(0);
  });

  it.each([{ name: 'a=b; Secure' }, { name: 'a', path: '/; HttpOnly' }, { name: 'a', domain: 'b\r\nSet-Cookie: c=d' }])(
    'CVE-2024-47764, GHSA-pxg6-pf52-xh8x is about: the cookie %j is refused where it is configured',
    (cookie) => {
      expect(() => new Server({ cookie })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as never);
    },
  );

  it('CVE-2016-10518, GHSA-2mhh-w6q8-5hxw is about: a number is not taken for a length of memory', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    socket.emit('value', 200);
    expect(await client.next()).toBe('42["value",200]');
  });

  it('CVE-2026-45736, GHSA-58qx-3vcg-4xpx is about: nothing that an application passes gets into a close frame', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    (socket.conn.close as (...args: unknown[]) => unknown).call(socket.conn, undefined, new Float32Array(20));
    // No code, no reason.
    expect(await client.closed).toBe(1005);
  });
});
