import { describe, expect, it } from '@jest/globals';
import { ClusterAdapter } from '../../lib/adapter/index.js';
import { Presence, presenceOf, type PresenceMember, type PresenceOptions } from '../../lib/presence/index.js';
import { RookeryError, type ServerOptions, type Socket } from '../../lib/server/index.js';
import { startTestServer, type TestServer } from '../../lib/testing/index.js';
import { MemoryBus } from '../adapter/memory-bus.js';
import { createBus } from '../docs/bus-adapter.js';
import { member, members, ReportedErrors } from '../server/support.js';
import { Clients } from '../support/clients.js';
import { until } from '../support/waiting.js';

interface Told {
  readonly server: TestServer;
  readonly presence: Presence;
  /** What was told: `join room key`. */
  readonly told: string[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** A server with a presence that keeps what it tells. */
async function start(options: PresenceOptions = {}, serverOptions: ServerOptions = {}): Promise<Told> {
  const server = await startTestServer(undefined, serverOptions);
  const presence = presenceOf(server.io.of('/'), options);
  const told: string[] = [];
  presence.on('join', (room, { key }) => told.push(`join ${room} ${key}`));
  presence.on('update', (room, { key }) => told.push(`update ${room} ${key}`));
  presence.on('leave', (room, { key }, reason) => told.push(`leave ${room} ${key}: ${reason}`));
  return { server, presence, told, [Symbol.asyncDispose]: () => server.close() };
}

const nameOf = (socket: Socket): string => String(socket.handshake.query['name']);
const connectAs = (server: TestServer, name: string) => member(server, { query: `name=${name}` });
const shown = (list: readonly PresenceMember[]): unknown[] =>
  list.map(({ key, connections }) => [key, connections.map(({ metadata }) => metadata)]);

/** Two nodes of one process. */
async function startTwo(options: PresenceOptions = {}, serverOptions: ServerOptions = {}): Promise<[Told, Told]> {
  const adapter = createBus();
  return [await start(options, { adapter, ...serverOptions }), await start(options, { adapter, ...serverOptions })];
}

const refused = (act: () => unknown): RookeryError => {
  try {
    act();
  } catch (error) {
    if (error instanceof RookeryError) return error;
  }
  throw new Error('Nothing was refused');
};

describe('presence on one node', () => {
  it('has who enters, with metadata, until the socket leaves the room', async () => {
    await using node = await start();
    const { presence, told, server } = node;
    const { socket } = await member(server);
    void presence.enter(socket, 'room:1', { name: 'Ada' });
    expect(socket.rooms.has('room:1')).toBe(true);
    expect(presence.list('room:1')).toEqual([
      { key: socket.id, connections: [{ id: socket.id, node: presence.nodeId, metadata: { name: 'Ada' } }] },
    ]);
    expect(presence.has('room:1', socket.id)).toBe(true);
    expect(presence.get('room:1', socket.id)!.connections[0]!.metadata).toEqual({ name: 'Ada' });
    expect([presence.count('room:1'), presence.count('room:2')]).toEqual([1, 0]);
    expect(presence.rooms()).toEqual(['room:1']);
    expect(presence.update(socket, 'room:1', { name: 'Ada L.' })).toBe(true);
    void socket.leave('room:1');
    expect(presence.update(socket, 'room:1', {})).toBe(false);
    expect(presence.list('room:1')).toEqual([]);
    expect(presence.rooms()).toEqual([]);
    expect(told).toEqual([`join room:1 ${socket.id}`, `update room:1 ${socket.id}`, `leave room:1 ${socket.id}: left`]);
  });

  it('has somebody leave a room in which the socket stays', async () => {
    await using node = await start();
    const { socket } = await member(node.server);
    void node.presence.enter(socket, 'room');
    expect(node.presence.leave(socket, 'room')).toBe(true);
    expect(node.presence.leave(socket, 'room')).toBe(false);
    expect(socket.rooms.has('room')).toBe(true);
    expect(node.told.at(-1)).toBe(`leave room ${socket.id}: left`);
  });

  it('has whoever disconnects leave', async () => {
    await using node = await start({ key: nameOf });
    const { client, socket } = await connectAs(node.server, 'ada');
    void node.presence.enter(socket, 'one');
    void node.presence.enter(socket, 'two');
    await client.close();
    await until(() => node.told.length === 4);
    expect(node.told.slice(2)).toEqual(['leave one ada: disconnected', 'leave two ada: disconnected']);
  });

  it('has one member of several connections', async () => {
    await using node = await start({ key: nameOf });
    const [one, two] = [await connectAs(node.server, 'ada'), await connectAs(node.server, 'ada')];
    void node.presence.enter(one.socket, 'room', 'desk');
    void node.presence.enter(two.socket, 'room', 'phone');
    expect(node.presence.count('room')).toBe(1);
    const [{ connections }] = node.presence.list('room') as [PresenceMember];
    expect(connections.map(({ id }) => id)).toEqual([one.socket.id, two.socket.id].sort());
    expect(connections.map(({ metadata }) => metadata).sort()).toEqual(['desk', 'phone']);
    one.socket.disconnect();
    expect(shown(node.presence.list('room'))).toEqual([['ada', ['phone']]]);
    two.socket.disconnect();
    expect(node.told).toEqual(['join room ada', 'update room ada', 'update room ada', 'leave room ada: disconnected']);
  });

  it.each<[string, PresenceOptions['rooms']]>([
    ['a template', 'room:{roomId}'],
    ['templates', ['hall:{hall}/floor', 'room:{roomId}']],
    ['a pattern', /^room:\w+$/],
    ['a function', (room) => room.startsWith('room:')],
  ])('has everyone in rooms of %s, without a call', async (_name, rooms) => {
    await using node = await start({ rooms, key: nameOf, metadata: (socket, room) => `${nameOf(socket)} in ${room}` });
    const { socket } = await connectAs(node.server, 'ada');
    void socket.join(['room:1', 'lobby', 'room']);
    expect(node.presence.rooms()).toEqual(['room:1']);
    expect(shown(node.presence.list('room:1'))).toEqual([['ada', ['ada in room:1']]]);
    void node.presence.enter(socket, 'room:1', 'of her own');
    expect(shown(node.presence.list('room:1'))).toEqual([['ada', ['of her own']]]);
    void socket.leave('room:1');
    expect(node.told).toEqual(['join room:1 ada', 'update room:1 ada', 'leave room:1 ada: left']);
  });

  it('has who enters such a room join once, with its metadata', async () => {
    await using node = await start({ rooms: 'room:{id}', metadata: () => 'by itself' });
    const { socket } = await member(node.server);
    void node.presence.enter(socket, 'room:1', 'by a call');
    expect(shown(node.presence.list('room:1'))).toEqual([[socket.id, ['by a call']]]);
    expect(node.told).toEqual([`join room:1 ${socket.id}`]);
    void socket.leave('room:1');
    void socket.join('room:1');
    expect(shown(node.presence.list('room:1'))).toEqual([[socket.id, ['by itself']]]);
  });

  it('has sockets that were in their rooms before it was made, or before they were connected', async () => {
    await using server = await startTestServer((io) => io.use((socket, next) => (void socket.join('room:1'), next())));
    const early = await member(server);
    const presence = new Presence(server.io.of('/'), { rooms: 'room:{id}' });
    const late = await member(server);
    expect(presence.list('room:1').map(({ key }) => key)).toEqual([early.socket.id, late.socket.id]);
  });

  it('never has a client that was not let in', async () => {
    await using node = await start({ rooms: 'room:{id}' });
    node.server.io.use((socket, next) => (void socket.join('room:1'), next(new Error('no'))));
    const client = await node.server.connect();
    client.send('40');
    expect(await client.next()).toBe('44{"message":"no"}');
    expect(node.told).toEqual([]);
  });

  it('leaves a socket alone that is gone', async () => {
    await using node = await start();
    const { socket } = await member(node.server);
    socket.disconnect();
    expect(node.presence.enter(socket, 'room')).toBeUndefined();
    expect([node.presence.count('room'), node.told]).toEqual([0, []]);
  });

  it('waits for an adapter that joins later', async () => {
    await using node = await start();
    const { socket } = await member(node.server);
    const { adapter } = node.server.io.of('/');
    const addAll = adapter.addAll.bind(adapter);
    adapter.addAll = async (id, rooms) => {
      await new Promise(setImmediate);
      return addAll(id, rooms);
    };
    const entering = node.presence.enter(socket, 'room', 1);
    expect(node.presence.count('room')).toBe(0);
    await entering;
    expect(shown(node.presence.list('room'))).toEqual([[socket.id, [1]]]);
  });

  it('gives metadata that nobody can change afterwards', async () => {
    await using node = await start();
    const { socket } = await member(node.server);
    const metadata = { at: new Date(0), nested: { typing: false } };
    void node.presence.enter(socket, 'room', metadata);
    metadata.nested.typing = true;
    // As the other nodes get it.
    expect(shown(node.presence.list('room'))).toEqual([
      [socket.id, [{ at: '1970-01-01T00:00:00.000Z', nested: { typing: false } }]],
    ]);
  });

  it('reports what a listener throws, and calls the next one', async () => {
    const errors = new ReportedErrors();
    await using node = await start({}, { onError: errors.onError });
    const { socket } = await member(node.server);
    const calls: string[] = [];
    const removed = (): never => {
      throw new Error('removed');
    };
    node.presence
      .on('join', removed)
      .off('join', removed)
      .on('join', () => {
        throw new Error('thrown');
      })
      .on('join', () => Promise.reject(new Error('rejected')))
      .on('join', () => calls.push('next'));
    void node.presence.enter(socket, 'room');
    expect(calls).toEqual(['next']);
    const reported = (await errors.first(2)).map(({ error, event }) => [(error as Error).message, event]);
    expect(reported).toEqual([
      ['thrown', 'presence.join'],
      ['rejected', 'presence.join'],
    ]);
  });

  it('reports a key that is none, and has no such member', async () => {
    const errors = new ReportedErrors();
    await using node = await start({ rooms: 'room:{id}', key: () => undefined as never }, { onError: errors.onError });
    const { socket } = await member(node.server);
    void socket.join('room:1');
    expect(errors.all.map(({ error, event }) => [(error as RookeryError).code, event])).toEqual([
      ['INVALID_PRESENCE', 'presence.join'],
    ]);
    expect(node.presence.count('room:1')).toBe(0);
  });

  it('lets a listener act upon what it hears', async () => {
    await using node = await start();
    const { socket } = await member(node.server);
    node.presence.on('join', (room) => void node.presence.leave(socket, room));
    void node.presence.enter(socket, 'room');
    expect(node.presence.count('room')).toBe(0);
  });

  it('refuses what it cannot keep', async () => {
    await using node = await start({ maxMetadataBytes: 10 });
    const { socket } = await member(node.server);
    const other = node.server.io.of('/other');
    const { presence } = node;
    expect(refused(() => presence.enter(socket, 'room', 'ä'.repeat(5)))).toMatchObject({
      code: 'INVALID_PRESENCE',
      message: 'The metadata of a member takes 12 bytes; maxMetadataBytes allows 10',
    });
    void presence.enter(socket, 'room', 'ä'.repeat(4));
    expect(refused(() => presence.update(socket, 'room', 1n)).code).toBe('NOT_SERIALIZABLE');
    expect(refused(() => presence.enter(socket, 'room', () => {})).code).toBe('NOT_SERIALIZABLE');
    expect(refused(() => presence.enter(socket, '')).code).toBe('INVALID_PRESENCE');
    expect(refused(() => presence.enter(socket, 'x'.repeat(1_025))).code).toBe('INVALID_PRESENCE');
    expect(refused(() => presence.enter(undefined as never, 'room')).code).toBe('INVALID_PRESENCE');
    expect(refused(() => presenceOf(other).enter(socket, 'room')).code).toBe('INVALID_PRESENCE');
    expect(shown(presence.list('room'))).toEqual([[socket.id, ['ääää']]]);
  });

  it.each<[string, PresenceOptions]>([
    ['a template with a brace too many', { rooms: 'room:{a' }],
    ['a template without a separator', { rooms: 'room{a}' }],
    ['a template without text in front', { rooms: '{a}' }],
    ['a placeholder without a name', { rooms: 'room:{}' }],
    ['a template that is no text', { rooms: [7 as never] }],
    ['a pattern that remembers', { rooms: /room/g }],
    ['a key that is no function', { key: 'id' as never }],
    ['metadata that is no function', { metadata: {} as never }],
    ['a delay below 0', { leaveDelay: -1 }],
    ['a timeout that is not above the interval', { heartbeatInterval: 10, heartbeatTimeout: 10 }],
    ['an interval of 0', { heartbeatInterval: 0 }],
    ['no metadata at all', { maxMetadataBytes: 0 }],
    ['metadata beyond all bounds', { maxMetadataBytes: 65_537 }],
  ])('refuses %s', async (_name, options) => {
    await using server = await startTestServer();
    expect(refused(() => new Presence(server.io.of('/'), options)).code).toBe('INVALID_OPTION');
    // What was refused is not in the way of what is not.
    expect(new Presence(server.io.of('/')).stats().members).toBe(0);
  });

  it('is one for each namespace, of one name', async () => {
    await using server = await startTestServer();
    const namespace = server.io.of('/');
    const presence = presenceOf(namespace);
    expect(presenceOf(namespace)).toBe(presence);
    expect(refused(() => presenceOf(namespace, {})).code).toBe('INVALID_OPTION');
    expect(refused(() => new Presence(namespace)).code).toBe('INVALID_OPTION');
    expect(refused(() => presenceOf(server.io.of(/^\/a/))).code).toBe('INVALID_OPTION');
    presence.close();
    presence.close();
    expect(presenceOf(namespace)).not.toBe(presence);
  });

  it('says nothing where there is nobody to be told', async () => {
    await using node = await start();
    for (const { socket } of await members(node.server, 3)) void node.presence.enter(socket, 'room');
    await new Promise(setImmediate);
    expect(node.presence.stats()).toEqual({ nodes: 0, members: 3, connections: 3, sent: 0, received: 0, malformed: 0 });
  });

  it('ends with a namespace that was made for its clients', async () => {
    await using server = await startTestServer(undefined, { cleanupEmptyChildNamespaces: true });
    server.io.of(/^\/room-/);
    const namespace = server.io.of('/room-1');
    const presence = presenceOf(namespace, { rooms: () => true });
    const client = await server.connect();
    await client.join('/room-1');
    expect(presence.rooms().length).toBe(1);
    client.send('41/room-1,');
    await until(() => server.io.of('/room-1') !== namespace);
    expect(presence.rooms()).toEqual([]);
  });
});

describe('presence with a delay', () => {
  const recovering: ServerOptions = { connectionStateRecovery: {} };

  it('does not show a user who is back in time by another socket', async () => {
    await using node = await start({ key: nameOf, rooms: 'room:{id}', leaveDelay: 300 });
    const before = await connectAs(node.server, 'ada');
    void before.socket.join('room:1');
    await before.client.close();
    await until(() => !before.socket.connected);
    expect(node.presence.has('room:1', 'ada')).toBe(true);
    const after = await connectAs(node.server, 'ada');
    void after.socket.join('room:1');
    await until(() => node.presence.get('room:1', 'ada')!.connections.length === 1);
    expect(node.presence.get('room:1', 'ada')!.connections[0]!.id).toBe(after.socket.id);
    expect(node.told).toEqual(['join room:1 ada', 'update room:1 ada', 'update room:1 ada']);
  });

  it('has who is not back leave', async () => {
    await using node = await start({ key: nameOf, leaveDelay: 50 });
    const { client, socket } = await connectAs(node.server, 'ada');
    void node.presence.enter(socket, 'room');
    await client.close();
    await until(() => !socket.connected);
    expect(node.told).toEqual(['join room ada']);
    await until(() => node.told.length === 2);
    expect(node.told[1]).toBe('leave room ada: disconnected');
  });

  it('has who leaves on purpose, or is disconnected, leave at once', async () => {
    await using node = await start({ key: nameOf, leaveDelay: 60_000 });
    const [kicked, leaving, walking] = await Promise.all(
      ['kicked', 'leaving', 'walking'].map((name) => connectAs(node.server, name)),
    );
    for (const each of [kicked!, leaving!, walking!]) void node.presence.enter(each.socket, 'room');
    kicked!.socket.disconnect();
    leaving!.client.send('41');
    await until(() => !leaving!.socket.connected);
    void walking!.socket.leave('room');
    expect(node.told.slice(3).sort()).toEqual([
      'leave room kicked: disconnected',
      'leave room leaving: disconnected',
      'leave room walking: left',
    ]);
  });

  it('has a client that is recovered go on, with its metadata', async () => {
    await using node = await start({ leaveDelay: 60_000 }, recovering);
    const clients = new Clients(() => node.server.url);
    const client = await clients.connect('/', { reconnection: true, reconnectionDelay: 1, transports: ['websocket'] });
    const socket = node.server.io.sockets.sockets.get(client.id!)!;
    void node.presence.enter(socket, 'room', 'hers');
    node.server.io.emit('something to count from');
    await new Promise((resolve) => client.once('something to count from', resolve));
    client.io.engine.close();
    await new Promise((resolve) => client.once('connect', () => resolve(undefined)));
    expect(client.recovered).toBe(true);
    expect(shown(node.presence.list('room'))).toEqual([[socket.id, ['hers']]]);
    // It is no longer about to leave; and leaves when it does.
    client.disconnect();
    await until(() => node.told.length > 1);
    expect(node.told).toEqual([`join room ${socket.id}`, `leave room ${socket.id}: disconnected`]);
    clients.close();
  });
});

describe('presence on two nodes', () => {
  it('is the same on both, and so is what is told', async () => {
    const [a, b] = await startTwo({ key: nameOf });
    await using _a = a;
    await using _b = b;
    const ada = await connectAs(a.server, 'ada');
    const alsoAda = await connectAs(b.server, 'ada');
    void a.presence.enter(ada.socket, 'room', 'on a');
    await until(() => b.presence.count('room') === 1);
    expect(b.presence.list('room')).toEqual(a.presence.list('room'));
    expect(b.presence.list('room')[0]!.connections[0]!.node).toBe(a.presence.nodeId);
    void b.presence.enter(alsoAda.socket, 'room', 'on b');
    await until(() => a.presence.list('room')[0]!.connections.length === 2);
    expect(b.presence.list('room')).toEqual(a.presence.list('room'));
    ada.socket.disconnect();
    await until(() => b.presence.list('room')[0]!.connections.length === 1);
    alsoAda.socket.disconnect();
    await until(() => a.presence.count('room') === 0);
    const all = ['join room ada', 'update room ada', 'update room ada', 'leave room ada: disconnected'];
    expect([a.told, b.told]).toEqual([all, all]);
  });

  it('knows who was there before it was made', async () => {
    const adapter = createBus();
    await using a = await start({}, { adapter });
    const { socket } = await member(a.server);
    void a.presence.enter(socket, 'room');
    await using b = await start({}, { adapter });
    await until(() => b.presence.has('room', socket.id));
    expect(b.told).toEqual([`join room ${socket.id}`]);
  });

  it('has the members of a server that is closed leave at once', async () => {
    const [a, b] = await startTwo({ key: nameOf });
    await using _b = b;
    const { socket } = await connectAs(a.server, 'ada');
    void a.presence.enter(socket, 'room');
    await until(() => b.presence.count('room') === 1);
    await a.server.close();
    await until(() => b.presence.count('room') === 0);
    expect(b.told).toEqual(['join room ada', 'leave room ada: disconnected']);
    expect(b.presence.stats().nodes).toBe(0);
  });

  it('does not show that a server is replaced, where there is a delay', async () => {
    const [a, b] = await startTwo({ key: nameOf, leaveDelay: 60_000 });
    await using _b = b;
    const { socket } = await connectAs(a.server, 'ada');
    void a.presence.enter(socket, 'room');
    await until(() => b.presence.count('room') === 1);
    await a.server.close();
    const back = await connectAs(b.server, 'ada');
    void b.presence.enter(back.socket, 'room');
    expect(b.presence.get('room', 'ada')!.connections.length).toBe(2);
    expect(b.told).toEqual(['join room ada', 'update room ada']);
  });

  it('takes a client over that is recovered by the other node', async () => {
    const bus = new MemoryBus();
    const sessions = new Map<string, { sid: string; pid: string; rooms: string[]; data: unknown }>();
    class Recovering extends ClusterAdapter {
      constructor(nsp: never) {
        super(nsp, bus.link());
      }
      override persistSession(session: { sid: string; pid: string; rooms: string[]; data: unknown }): void {
        sessions.set(session.pid, session);
      }
      override restoreSession(pid: string) {
        const session = sessions.get(pid);
        return session === undefined ? null : { ...session, missedPackets: [] };
      }
    }
    const options = { leaveDelay: 60_000, key: () => 'ada' };
    const serverOptions: ServerOptions = { adapter: Recovering as never, connectionStateRecovery: {} };
    await using a = await start(options, serverOptions);
    await using b = await start(options, serverOptions);
    const client = await a.server.connect();
    client.send('40');
    const { sid, pid } = JSON.parse(String(await client.next()).slice(2)) as { sid: string; pid: string };
    void a.presence.enter(a.server.io.sockets.sockets.get(sid)!, 'room', 'hers');
    await until(() => b.presence.count('room') === 1);
    await client.close();
    const back = await b.server.connect();
    await until(() => sessions.size === 1);
    back.send(`40${JSON.stringify({ pid, offset: 'any' })}`);
    await back.next();
    const isMoved = ({ presence }: Told): boolean => {
      const { connections } = presence.get('room', 'ada')!;
      return connections.length === 1 && connections[0]!.node === b.presence.nodeId;
    };
    await until(() => isMoved(a) && isMoved(b));
    expect(shown(a.presence.list('room'))).toEqual([['ada', ['hers']]]);
    expect([...a.told, ...b.told].filter((line) => !line.startsWith('update'))).toEqual([
      'join room ada',
      'join room ada',
    ]);
  });

  it('leaves the other events of the servers alone, and counts what is no message', async () => {
    const [a, b] = await startTwo();
    await using _a = a;
    await using _b = b;
    const heard: unknown[] = [];
    b.server.io.on('of the application' as never, ((...args: unknown[]) => heard.push(args)) as never);
    a.server.io.serverSideEmit('of the application', 1);
    a.server.io.serverSideEmit('rookery:presence:1', { t: 'no such message', n: 'x' });
    await until(() => heard.length === 1);
    expect([heard, b.presence.stats().malformed]).toEqual([[[1]], 1]);
  });
});
