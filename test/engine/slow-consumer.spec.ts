import { once } from 'node:events';
import type { Socket as TcpSocket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { EngineSocket, LimitHit, SlowConsumer } from '../../lib/engine/index.js';
import { Frame } from '../../lib/protocol/index.js';
import { TestEngine, until } from './support.js';

const large = 'a'.repeat(64 * 1_024);

/** A WebSocket that reads its handshake, and nothing any more. */
async function deafClient(test: TestEngine): Promise<{ tcp: TcpSocket; socket: EngineSocket }> {
  const before = test.sockets.length;
  const tcp = test.tcp();
  tcp.write(test.upgradeRequest('?EIO=4&transport=websocket'));
  await once(tcp, 'data');
  tcp.pause();
  await until(() => test.sockets.length > before);
  return { tcp, socket: test.sockets.at(-1)! };
}

/** Sends, tick by tick, until the transport takes no more. */
async function fill(socket: EngineSocket): Promise<void> {
  while (socket.transport.writable) {
    socket.send(large);
    await new Promise(setImmediate);
  }
}

/** What `slowConsumer` tells, with the session it is about. */
function slowness(test: TestEngine): [EngineSocket, SlowConsumer][] {
  const all: [EngineSocket, SlowConsumer][] = [];
  test.engine.on('slowConsumer', (...each: [EngineSocket, SlowConsumer]) => all.push(each));
  return all;
}

function waiting(socket: EngineSocket): number {
  return socket.writeBuffer.reduce((size, { data }) => size + (data?.length ?? 0), 0);
}

describe('a client that does not take what it is sent', () => {
  it('is closed once more bytes wait than may', async () => {
    const maxBufferedBytes = 4 * large.length;
    await using test = await TestEngine.start({ maxBufferedBytes });
    const hits: LimitHit[] = [];
    test.engine.on('limit', (hit: LimitHit) => hits.push(hit));
    const told = slowness(test);
    const { tcp, socket } = await deafClient(test);
    const closing = test.closing();
    await fill(socket);
    for (let count = 0; count < 4; count++) socket.send(large);
    expect(waiting(socket)).toBe(maxBufferedBytes);
    expect(socket.readyState).toBe('open');
    socket.send('one more');
    expect(waiting(socket)).toBe(0);
    expect(await closing).toEqual(['slow consumer', undefined]);
    expect(hits).toEqual([{ limit: 'slowConsumer', max: maxBufferedBytes, socket }]);
    expect(told).toEqual([
      [socket, { action: 'closed', dropped: 4, waitingBytes: maxBufferedBytes, waitingPackets: 4 }],
    ]);
    expect(test.engine.limits.counts.get('slowConsumer')).toBe(1);
    expect(test.engine.limits.droppedPackets).toBe(0);
    expect(test.engine.clientsCount).toBe(0);
    tcp.destroy();
  });

  it('is closed once more packets wait than may', async () => {
    await using test = await TestEngine.start({ maxBufferedPackets: 3 });
    const { tcp, socket } = await deafClient(test);
    const closing = test.closing();
    await fill(socket);
    for (let count = 0; count < 4; count++) socket.send('a');
    expect((await closing)[0]).toBe('slow consumer');
    tcp.destroy();
  });

  it('is told why, with the code 1013, when it reads again', async () => {
    await using test = await TestEngine.start({ maxBufferedBytes: 1_000 });
    const { tcp, socket } = await deafClient(test);
    await fill(socket);
    const closing = test.closing();
    socket.send(large);
    socket.send('one more');
    await closing;
    const chunks: Buffer[] = [];
    tcp.on('data', (chunk: Buffer) => chunks.push(chunk));
    tcp.resume();
    // FIN and close, a payload of 15 bytes: the code, and the reason.
    const closeFrame = Buffer.from('\x88\x0f\x03\xf5slow consumer', 'latin1');
    await until(() => Buffer.concat(chunks).subarray(-closeFrame.length).equals(closeFrame));
    tcp.destroy();
  });

  it('is closed over polling, too, when it does not poll', async () => {
    await using test = await TestEngine.start({ maxBufferedBytes: 1_000 });
    const sid = await test.handshake();
    const closing = test.closing();
    const socket = test.sockets[0]!;
    socket.send('a'.repeat(1_000)).send('b');
    expect((await closing)[0]).toBe('slow consumer');
    expect(await test.get(sid)).toMatchObject({ status: 400 });
  });

  it('is closed for pongs, too, which it asks for without reading them', async () => {
    await using test = await TestEngine.start({ maxBufferedPackets: 5, allowEIO3: true });
    const { body } = await test.request('?EIO=3&transport=polling');
    const { sid } = JSON.parse(/\{.*\}/.exec(body)![0]) as { sid: string };
    const closing = test.closing();
    await test.request(`?EIO=3&transport=polling&sid=${sid}`, { method: 'POST', body: '1:2'.repeat(6) });
    expect((await closing)[0]).toBe('slow consumer');
  });

  it('does not end while somebody walks over the sessions', async () => {
    await using test = await TestEngine.start({ maxBufferedBytes: 1_000 });
    const { tcp, socket } = await deafClient(test);
    await fill(socket);
    socket.send(large).send('one more');
    expect(test.engine.clients[socket.id]).toBe(socket);
    await until(() => test.engine.clientsCount === 0);
    tcp.destroy();
  });
});

describe('a client that reads', () => {
  it('gets a message that is longer than all that may wait, and what follows', async () => {
    await using test = await TestEngine.start({ maxBufferedBytes: 1_000 });
    const client = await test.webSocket();
    const socket = test.sockets[0]!;
    socket.send('b'.repeat(3_000_000));
    await new Promise(setImmediate);
    socket.send('and this');
    expect(await client.next()).toBe(`4${'b'.repeat(3_000_000)}`);
    expect(await client.next()).toBe('4and this');
  });

  it('gets what is sent at once, up to twice as much as may wait', async () => {
    await using test = await TestEngine.start({ maxBufferedPackets: 10 });
    const client = await test.webSocket();
    const socket = test.sockets[0]!;
    for (let count = 0; count < 20; count++) socket.send(String(count));
    for (let count = 0; count < 20; count++) expect(await client.next()).toBe(`4${count}`);
  });
});

describe('volatile packets', () => {
  const volatileFrame = (text: string): Frame => new Frame('message', [text]);

  it('are dropped while the connection is busy', async () => {
    await using test = await TestEngine.start();
    const { tcp, socket } = await deafClient(test);
    await fill(socket);
    socket.writeFrame(volatileFrame('dropped'), true);
    expect(socket.writeBuffer).toEqual([]);
    tcp.destroy();
  });

  it('wait, and make room for others, where the policy says so', async () => {
    await using test = await TestEngine.start({ maxBufferedPackets: 3, slowConsumer: 'drop-volatile-first' });
    const { tcp, socket } = await deafClient(test);
    await fill(socket);
    const sent: string[] = [];
    socket.writeFrame(volatileFrame('volatile 1'), true);
    socket.send('kept 1', null, () => sent.push('kept 1'));
    socket.writeFrame(volatileFrame('volatile 2'), true);
    expect(socket.writeBuffer.map(({ data }) => data)).toEqual(['volatile 1', 'kept 1', 'volatile 2']);
    socket.send('kept 2', null, () => sent.push('kept 2'));
    expect(socket.writeBuffer.map(({ data }) => data)).toEqual(['kept 1', 'kept 2']);
    socket.send('kept 3');
    expect(socket.readyState).toBe('open');
    // Nothing is left that could be dropped.
    const closing = test.closing();
    socket.send('kept 4');
    expect((await closing)[0]).toBe('slow consumer');
    expect(sent).toEqual([]);
    tcp.destroy();
  });

  it('are told and counted when they make room', async () => {
    await using test = await TestEngine.start({ maxBufferedPackets: 3, slowConsumer: 'drop-volatile-first' });
    const { tcp, socket } = await deafClient(test);
    await fill(socket);
    const told = slowness(test);
    socket.writeFrame(volatileFrame('aa'), true);
    socket.send('kept');
    socket.writeFrame(volatileFrame('bb'), true);
    socket.send('kept, too');
    // Nobody is called while somebody may walk over the sessions.
    expect(told).toEqual([]);
    await until(() => told.length > 0);
    expect(told).toEqual([[socket, { action: 'dropped', dropped: 2, waitingBytes: 8, waitingPackets: 3 }]]);
    expect(test.engine.limits.droppedPackets).toBe(2);
    expect(test.engine.limits.counts.get('slowConsumer')).toBe(0);
    tcp.destroy();
  });

  it('close nobody: one that finds no room is dropped itself', async () => {
    await using test = await TestEngine.start({ maxBufferedPackets: 2, slowConsumer: 'drop-volatile-first' });
    const { tcp, socket } = await deafClient(test);
    await fill(socket);
    const told = slowness(test);
    socket.send('kept 1').send('kept 2');
    socket.writeFrame(volatileFrame('volatile'), true);
    await until(() => told.length > 0);
    expect(told).toEqual([[socket, { action: 'dropped', dropped: 1, waitingBytes: 12, waitingPackets: 2 }]]);
    expect(socket.writeBuffer.map(({ data }) => data)).toEqual(['kept 1', 'kept 2']);
    expect(socket.readyState).toBe('open');
    tcp.destroy();
  });

  it('leave nobody else without the word that theirs has left', async () => {
    await using test = await TestEngine.start({ maxBufferedPackets: 3, slowConsumer: 'drop-volatile-first' });
    const { tcp, socket } = await deafClient(test);
    await fill(socket);
    const sent: string[] = [];
    socket.writeFrame(volatileFrame('volatile'), true);
    socket.send('kept 1', null, () => sent.push('kept 1'));
    socket.writeFrame(volatileFrame('volatile'), true);
    socket.send('kept 2', null, () => sent.push('kept 2'));
    tcp.resume();
    await until(() => sent.length === 2);
    expect(sent).toEqual(['kept 1', 'kept 2']);
    expect(socket.writeBuffer).toEqual([]);
    tcp.destroy();
  });
});
