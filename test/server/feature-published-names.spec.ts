import { describe, expect, it } from '@jest/globals';
import { startTestServer } from '../../lib/testing/index.js';
import { handled, member, next } from './support.js';

/** The names by which published adapters and the admin UI know a server and its parts; they have no types here. */
interface PublishedServer {
  readonly _nsps: Map<string, { readonly name: string }>;
  readonly opts: { readonly connectionStateRecovery?: object; readonly pingInterval?: number };
  readonly _opts: object;
  readonly eio: object;
  readonly engine: object;
  readonly encoder: { encode(packet: object): unknown[] };
}

interface PublishedNamespace {
  _ids: number;
  _onServerSideEmit(args: unknown[]): void;
}

interface PublishedSocket {
  readonly acks: { set(id: number, listener: (...args: unknown[]) => void): void; delete(id: number): void };
  readonly client: { readonly id: string; writeToEngine(messages: (string | Buffer)[], options?: object): void };
  notifyOutgoingListeners(packet: object): void;
}

const as = <T>(value: object): T => value as T;

describe('a server, by its published names', () => {
  it('shows its namespaces, its options, its encoder and its engine', async () => {
    await using server = await startTestServer((io) => io.of('/admin'), { pingInterval: 12_345 });
    const io = as<PublishedServer>(server.io);
    expect([...io._nsps.keys()]).toEqual(['/', '/admin']);
    expect(io._nsps.get('/admin')).toBe(server.io.of('/admin'));
    expect(io.opts.pingInterval).toBe(12_345);
    expect(io._opts).toEqual(io.opts);
    expect(io.eio).toBe(io.engine);
    expect(io.encoder.encode({ type: 2, nsp: '/admin', data: ['a'], id: 1 })).toEqual(['2/admin,1["a"]']);
  });

  it('tells an adapter that it should recover, unless it cannot', async () => {
    const connectionStateRecovery = { maxDisconnectionDuration: 5_000 };
    await using recovering = await startTestServer(undefined, { connectionStateRecovery });
    expect(as<PublishedServer>(recovering.io).opts.connectionStateRecovery).toMatchObject(connectionStateRecovery);
    await using off = await startTestServer();
    expect(as<PublishedServer>(off.io).opts.connectionStateRecovery).toBeUndefined();
  });
});

describe('a namespace, by its published names', () => {
  it('counts the ack ids of its adapter and of its sockets together', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const namespace = as<PublishedNamespace>(server.io.sockets);
    namespace._ids = 41;
    socket.emit('asked', () => {});
    expect(await client.next()).toBe('4241["asked"]');
    expect(namespace._ids++).toBe(42);
    socket.emit('asked', () => {});
    expect(await client.next()).toBe('4243["asked"]');
  });

  it('takes events of other servers, with the function that answers them', async () => {
    await using server = await startTestServer();
    const heard = next(server.io, 'from another server');
    const answered = new Promise((resolve) => {
      as<PublishedNamespace>(server.io.sockets)._onServerSideEmit(['from another server', 1, resolve]);
    });
    const [number, answer] = await heard;
    expect(number).toBe(1);
    (answer as (value: string) => void)('yes');
    expect(await answered).toBe('yes');
  });
});

describe('a socket, by its published names', () => {
  it('keeps the acks that an adapter waits for, until it waits no more', async () => {
    await using server = await startTestServer();
    const each = await member(server);
    const socket = as<PublishedSocket>(each.socket);
    const answers: unknown[] = [];
    socket.acks.set(7, (...args) => answers.push(args));
    socket.acks.set(8, (...args) => answers.push(args));
    socket.acks.delete(8);
    each.client.send('437["a",2]');
    each.client.send('437["again"]');
    each.client.send('438["too late"]');
    await handled(each);
    expect(answers).toEqual([['a', 2]]);
  });

  it('writes what an adapter has encoded, and drops it where it is volatile and cannot leave', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const { client: connection } = as<PublishedSocket>(socket);
    expect(connection.id).toBe(socket.conn.id);
    const messages = ['51-["bytes",{"_placeholder":true,"num":0}]', Buffer.of(1, 2)];
    connection.writeToEngine(messages, { preEncoded: true });
    connection.writeToEngine(['2["dropped"]'], { preEncoded: true, volatile: true });
    connection.writeToEngine(['2["last"]'], { preEncoded: true, compress: false });
    expect(await client.next()).toBe(`4${String(messages[0])}`);
    expect(await client.next()).toEqual(messages[1]);
    expect(await client.next()).toBe('42["last"]');
  });

  it('tells its outgoing catch-all listeners what an adapter is about to write', async () => {
    await using server = await startTestServer();
    const { socket } = await member(server);
    const heard: unknown[] = [];
    socket.onAnyOutgoing((...args) => heard.push(args));
    as<PublishedSocket>(socket).notifyOutgoingListeners({ type: 2, nsp: '/', data: ['a', 1] });
    expect(heard).toEqual([['a', 1]]);
  });
});
