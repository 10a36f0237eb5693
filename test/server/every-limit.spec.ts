import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Server, type LimitHit, type LimitName, type ServerOptions } from '../../lib/server/index.js';
import { startTestServer, type TestServer } from '../../lib/testing/index.js';
import { join, ManualPolling, member, next, until, type Member } from './support.js';

/** How a limit is reached, and what its client sees then. */
interface Reached {
  readonly options: ServerOptions;
  readonly prepare?: (io: Server) => void;
  /** Resolves with what came of it. */
  readonly reach: (server: TestServer) => Promise<unknown>;
  readonly outcome: unknown;
  /** The namespace of which it is told. */
  readonly namespace?: string;
}

/** A limit of another room, and the test that reaches it. */
interface Elsewhere {
  readonly spec: string;
  readonly test: string;
}

const rate = { perSecond: 0.001, burst: 1 };

/** A second client asks for a session. */
async function secondHandshake(server: TestServer): Promise<number> {
  await server.connect();
  return (await fetch(server.endpoint('polling'))).status;
}

/** A client sends packets; resolves with the reason for which it is gone. */
async function sent(server: TestServer, ...packets: (string | Buffer)[]): Promise<unknown> {
  const { client, socket } = await member(server);
  const left = next(socket, 'disconnect');
  for (const packet of packets) client.send(packet);
  return (await left)[0];
}

async function answer({ client }: Member, packet: string): Promise<unknown> {
  client.send(packet);
  return client.next();
}

/** A client that joins and goes; resolves with how it can come back. */
async function interrupted(server: TestServer): Promise<{ id: string; auth: object }> {
  const client = await server.connect();
  const connected = next(server.io, 'connection');
  client.send('40');
  const [socket] = (await connected) as [Member['socket']];
  const { sid, pid } = JSON.parse(String(await client.next()).slice(2)) as { sid: string; pid: string };
  server.io.emit('seen');
  const [, offset] = JSON.parse(String(await client.next()).slice(2)) as string[];
  const left = next(socket, 'disconnect');
  await client.close();
  await left;
  return { id: sid, auth: { pid, offset } };
}

/** Whether a client goes on as the socket it was. */
async function goesOn(server: TestServer, { id, auth }: { id: string; auth: object }): Promise<boolean> {
  const { id: now } = await join(server, await server.connect(), '/', auth);
  return now === id;
}

const attachments = '["a",{"_placeholder":true,"num":0}]';

const limits: Readonly<Record<LimitName, Reached | Elsewhere>> = {
  maxConnections: { options: { maxConnections: 1 }, reach: secondHandshake, outcome: 503 },
  maxConnectionsPerIp: { options: { maxConnectionsPerIp: 1 }, reach: secondHandshake, outcome: 429 },
  handshakeRate: { options: { handshakeRate: rate }, reach: secondHandshake, outcome: 429 },
  slowConsumer: {
    options: { maxBufferedPackets: 2 },
    reach: async (server) => {
      const socket = await (await ManualPolling.open(server)).join(server);
      const left = next(socket, 'disconnect');
      for (let count = 0; count < 3; count++) socket.emit('a');
      return (await left)[0];
    },
    outcome: 'slow consumer',
  },
  maxPacketsPerPayload: {
    options: { maxPacketsPerPayload: 2 },
    reach: async (server) => {
      const session = await ManualPolling.open(server);
      const left = next(await session.join(server), 'disconnect');
      await session.post(['42["a"]', '42["a"]', '42["a"]'].join('\x1e'));
      return (await left)[0];
    },
    outcome: 'parse error',
  },
  maxDepth: { options: { maxDepth: 3 }, reach: (server) => sent(server, '42["a",[[[]]]]'), outcome: 'forced close' },
  maxNamespaceLength: {
    options: { maxNamespaceLength: 5 },
    reach: (server) => sent(server, '40/longer,'),
    outcome: 'forced close',
  },
  maxAttachments: {
    options: { maxAttachments: 1 },
    reach: (server) => sent(server, `452-${attachments}`),
    outcome: 'forced close',
  },
  maxAttachmentBytes: {
    options: { maxAttachmentBytes: 3 },
    reach: (server) => sent(server, `451-${attachments}`, Buffer.alloc(4)),
    outcome: 'forced close',
  },
  attachmentTimeout: {
    options: { attachmentTimeout: 20 },
    reach: (server) => sent(server, `451-${attachments}`),
    outcome: 'forced close',
  },
  maxNamespacesPerConnection: {
    options: { maxNamespacesPerConnection: 1 },
    prepare: (io) => io.of('/b'),
    reach: async (server) => answer(await member(server), '40/b,'),
    outcome: '44/b,{"message":"Too many namespaces"}',
  },
  connectRate: {
    options: { connectRate: rate },
    reach: (server) => sent(server, '40/b,'),
    outcome: 'rate limit',
  },
  maxFailedConnects: {
    options: { maxFailedConnects: 1 },
    reach: (server) => sent(server, '40/none,'),
    outcome: 'refused too often',
  },
  maxSockets: {
    options: {},
    prepare: (io) => io.of('/small').limit({ maxSockets: 1 }),
    reach: async (server) => {
      await join(server, await server.connect(), '/small');
      return answer(await member(server), '40/small,');
    },
    outcome: '44/small,{"message":"Too many sockets","data":{"status":503}}',
    namespace: '/small',
  },
  eventRate: {
    options: { eventRate: { perSecond: 50, burst: 1 } },
    reach: async (server) => {
      const { client, socket } = await member(server);
      const seen: unknown[] = [];
      socket.on('n', (n) => seen.push(n));
      client.send('42["n",1]');
      client.send('42["n",2]');
      await until(() => seen.length === 2);
      return [seen, socket.connected];
    },
    outcome: [[1, 2], true],
  },
  maxPendingAcks: {
    options: { maxPendingAcks: 1 },
    reach: async (server) => {
      const { socket } = await member(server);
      socket.emitWithAck('a').catch(() => {});
      return socket.emitWithAck('b').catch(({ code }: { code: string }) => code);
    },
    outcome: 'ACK_LIMIT',
    namespace: '/',
  },
  maxRoomsPerSocket: { spec: 'test/nest/room-limits.spec.ts', test: 'is counted and told as other limits are' },
  joinRate: { spec: 'test/nest/room-limits.spec.ts', test: 'refuses joins and leaves beyond it, before any policy' },
  maxSessions: {
    options: { connectionStateRecovery: { maxSessions: 1 } },
    reach: async (server) => {
      const first = await interrupted(server);
      const second = await interrupted(server);
      return [await goesOn(server, first), await goesOn(server, second)];
    },
    outcome: [false, true],
    namespace: '/',
  },
  maxPackets: {
    options: { connectionStateRecovery: { maxPackets: 1 } },
    reach: async (server) => {
      const session = await interrupted(server);
      server.io.emit('missed');
      return goesOn(server, session);
    },
    outcome: false,
    namespace: '/',
  },
  maxStreamsPerSocket: {
    options: { reliableDelivery: { maxStreamsPerSocket: 1 } },
    reach: async (server) => {
      const client = await server.connect();
      const socket = await join(server, client, '/', { offsets: {} });
      // Its own room is the first one.
      void socket.join('second');
      const [, positions] = JSON.parse(String(await client.next()).slice(2)) as [string, object];
      return Object.keys(positions).length;
    },
    outcome: 1,
    namespace: '/',
  },
};

const isReached = (each: [string, Reached | Elsewhere]): each is [LimitName, Reached] => 'reach' in each[1];
const all = Object.entries(limits);

describe('a limit that is reached', () => {
  it('is one of those that are counted', () => {
    expect(Object.keys(limits).sort()).toEqual([...new Server().engine.limits.counts.keys()].sort());
  });

  it.each(all.filter(isReached))('does what it says, counts, and is told once: %s', async (limit, each) => {
    const hits: LimitHit[] = [];
    await using server = await startTestServer((io) => {
      io.engine.on('limit', (hit: LimitHit) => hits.push(hit));
      each.prepare?.(io);
    }, each.options);
    expect(await each.reach(server)).toEqual(each.outcome);
    const { namespace } = each;
    expect(hits).toEqual([expect.objectContaining({ limit, ...(namespace !== undefined && { namespace }) })]);
    const { counts, countsByNamespace } = server.io.engine.limits;
    expect([...counts].filter(([, count]) => count > 0)).toEqual([[limit, 1]]);
    expect([...countsByNamespace].map(([name, ofNamespace]) => [name, [...ofNamespace]])).toEqual(
      namespace === undefined ? [] : [[namespace, [[limit, 1]]]],
    );
  });

  it.each(all.filter((each): each is [string, Elsewhere] => !isReached(each)))(
    'has a test where it belongs: %s',
    (limit, { spec, test }) => {
      const source = readFileSync(spec, 'utf8');
      expect(source).toContain(`it('${test}`);
      expect(source).toContain(limit);
    },
  );
});

describe('the counts of a namespace', () => {
  it('end with it', async () => {
    await using server = await startTestServer((io) => void io.of(/^\/room-/).limit({ maxSockets: 1 }), {
      cleanupEmptyChildNamespaces: true,
    });
    const { countsByNamespace } = server.io.engine.limits;
    const inside = await server.connect();
    await inside.join('/room-1');
    expect(await answer(await member(server), '40/room-1,')).toContain('Too many sockets');
    expect([...countsByNamespace.keys()]).toEqual(['/room-1']);
    inside.send('41/room-1,');
    await until(() => countsByNamespace.size === 0);
    expect(server.io.engine.limits.counts.get('maxSockets')).toBe(1);
  });
});
