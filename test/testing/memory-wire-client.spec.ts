import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Server, type Socket } from '../../lib/server/index.js';
import { MemoryWireClient } from '../../lib/testing/index.js';

/** A server without a port, and a client of it that has joined the main namespace. */
async function joined(): Promise<{ io: Server; client: MemoryWireClient; socket: Socket }> {
  const io = new Server({ log: false });
  const connected = once(io.sockets as never, 'connection') as Promise<[Socket]>;
  const client = await MemoryWireClient.connect(io.engine);
  await client.join();
  return { io, client, socket: (await connected)[0] };
}

describe('a memory wire client', () => {
  it('needs neither a port nor an HTTP server', async () => {
    const { io, client, socket } = await joined();
    expect(io.httpServer).toBeUndefined();
    socket.emit('hello', 'world');
    expect(await client.next()).toBe('42["hello","world"]');
    await client.close();
    expect(io.engine.clientsCount).toBe(0);
  });

  it('has a session like any other, with an id of its own and nothing to upgrade to', async () => {
    const io = new Server({ log: false });
    await using first = await MemoryWireClient.connect(io.engine);
    await using second = await MemoryWireClient.connect(io.engine);
    expect(first.sid).not.toBe(second.sid);
    expect(first.handshake.upgrades).toEqual([]);
    expect(io.engine.clientsCount).toBe(2);
  });

  it('comes without a request, and the handshake says so', async () => {
    const { client, socket } = await joined();
    expect(socket.request).toBeUndefined();
    expect(socket.handshake).toMatchObject({ headers: {}, url: '', query: {}, address: '', auth: {} });
    await client.close();
  });

  it('may come with a request, and the handshake tells of it', async () => {
    const io = new Server({ log: false });
    const connected = once(io.sockets as never, 'connection') as Promise<[Socket]>;
    await using client = await MemoryWireClient.connect(io.engine, {
      request: {
        headers: { Authorization: 'Bearer a', cookie: 'a=b' },
        query: { tenant: 'a&b' },
        url: '/socket.io/?from=url',
        remoteAddress: '192.0.2.1',
      },
    });
    await client.join();
    const [{ handshake, request }] = await connected;
    expect(handshake).toMatchObject({
      headers: { authorization: 'Bearer a', cookie: 'a=b' },
      query: { tenant: 'a&b', from: 'url', EIO: '4', transport: 'websocket' },
      url: '/socket.io/?from=url&tenant=a%26b&EIO=4&transport=websocket',
      address: '192.0.2.1',
      secure: false,
    });
    expect(request!.method).toBe('GET');
  });

  it('may describe a request that has nothing', async () => {
    const io = new Server({ log: false });
    const connected = once(io.sockets as never, 'connection') as Promise<[Socket]>;
    await using client = await MemoryWireClient.connect(io.engine, { request: {} });
    await client.join();
    expect((await connected)[0].handshake).toMatchObject({ headers: {}, address: '', query: { EIO: '4' } });
  });

  it('never hands a packet over in the tick that sent it', async () => {
    const { client, socket } = await joined();
    const steps: string[] = [];
    socket.conn.on('message', () => steps.push('heard'));
    const heard = once(socket.conn as never, 'message');
    client.send('42["a"]');
    steps.push('sent');
    await heard;
    expect(steps).toEqual(['sent', 'heard']);
    await client.close();
  });

  it('takes part in broadcasts and rooms', async () => {
    const { io, client, socket } = await joined();
    await using other = await MemoryWireClient.connect(io.engine);
    await other.join();
    await socket.join('a');
    io.to('a').emit('news');
    io.emit('all');
    expect(await client.next()).toBe('42["news"]');
    expect(await client.next()).toBe('42["all"]');
    expect(await other.next()).toBe('42["all"]');
    await client.close();
  });

  it('is closed with the server', async () => {
    const { io, client, socket } = await joined();
    const left = once(socket as never, 'disconnect');
    await io.close();
    expect((await left)[0]).toBe('server shutting down');
    expect(await client.closed).toBeUndefined();
  });

  it('is refused by a server that is closed, or that closes meanwhile', async () => {
    const { io } = await joined();
    await io.close();
    await expect(MemoryWireClient.connect(io.engine)).rejects.toThrow('The engine is closed');
    const other = new Server({ log: false });
    const connecting = MemoryWireClient.connect(other.engine);
    other.engine.close();
    await expect(connecting).rejects.toThrow('The engine is closed');
    expect(other.engine.clientsCount).toBe(0);
  });
});
