import { describe, expect, it } from '@jest/globals';
import { EngineServer, type EngineSocket } from '../../lib/engine/index.js';
import { Frame } from '../../lib/protocol/index.js';
import { MemoryWireClient } from '../../lib/testing/index.js';
import { TestEngine, until } from './support.js';

describe('a session', () => {
  it('shows who it is', async () => {
    await using test = await TestEngine.start();
    const { sid } = await test.webSocket('&a=b');
    const [session] = test.sockets;
    expect(session).toMatchObject({
      id: sid,
      protocol: 4,
      readyState: 'open',
      remoteAddress: '127.0.0.1',
      upgrading: false,
      upgraded: false,
      server: test.engine,
      transport: { name: 'websocket' },
      writeBuffer: [],
    });
    expect(sid).toMatch(/^[A-Za-z0-9_-]{24}$/);
    expect(session!.request!.url).toContain('a=b');
    expect(test.engine.clientsCount).toBe(1);
    expect(Object.getPrototypeOf(test.engine.clients)).toBeNull();
  });

  it('is announced to listeners of connection', async () => {
    await using test = await TestEngine.start();
    const announced: EngineSocket[] = [];
    test.engine.on('connection', (socket: EngineSocket) => announced.push(socket));
    await test.webSocket();
    await test.handshake();
    expect(announced).toEqual(test.sockets);
  });

  it('tells its listeners of every packet, in and out', async () => {
    await using test = await TestEngine.start();
    const client = await test.webSocket();
    const [session] = test.sockets;
    const events: unknown[][] = [];
    for (const event of ['data', 'message', 'packet', 'packetCreate', 'flush', 'drain', 'heartbeat', 'close']) {
      session!.on(event, (...args: unknown[]) => events.push([event, ...args]));
    }
    client.send('4in');
    await until(() => test.messages.length === 1);
    session!.send('out', { compress: false });
    expect(await client.next()).toBe('4out');
    await until(() => session!.writable);
    client.send('3');
    await until(() => events.at(-1)![0] === 'heartbeat');
    await client.close();
    await test.closing();
    const sent = { type: 'message', data: 'out', options: { compress: false } };
    expect(events).toEqual([
      ['packet', { type: 'message', data: 'in', options: { compress: true } }],
      ['data', 'in'],
      ['message', 'in'],
      ['packetCreate', sent],
      ['flush', [sent]],
      ['drain'],
      ['packet', { type: 'pong', data: '', options: { compress: true } }],
      ['heartbeat'],
      ['close', 'transport close', undefined],
    ]);
  });

  it('is mirrored by its server when it flushes and drains', async () => {
    await using test = await TestEngine.start();
    const client = await test.webSocket();
    const [session] = test.sockets;
    const events: unknown[] = [];
    test.engine.on('flush', (socket: EngineSocket, buffer: unknown[]) =>
      events.push(['flush', socket.id, buffer.length]),
    );
    test.engine.on('drain', (socket: EngineSocket) => events.push(['drain', socket.id]));
    session!.send('a').send('b');
    await client.next();
    await until(() => events.length === 2);
    expect(events).toEqual([
      ['flush', session!.id, 2],
      ['drain', session!.id],
    ]);
  });

  it('calls back once a message has left, in order', async () => {
    await using test = await TestEngine.start();
    const client = await test.webSocket();
    const [session] = test.sockets;
    const left: unknown[] = [];
    session!.send('a', (transport) => left.push(['a', transport.name]));
    session!.send('b', { compress: true }, () => left.push('b'));
    session!.write('c', null, () => left.push('c'));
    expect(left).toEqual([]);
    await client.next();
    await until(() => left.length === 3);
    expect(left).toEqual([['a', 'websocket'], 'b', 'c']);
  });

  it('calls back for what a poll took, not for what waits for the next', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const [session] = test.sockets;
    const left: string[] = [];
    session!.send('a', () => left.push('a'));
    expect((await test.get(sid)).body).toBe('4a');
    session!.send('b', () => left.push('b'));
    // The client asks again: what it was given before has reached it.
    expect((await test.get(sid)).body).toBe('4b');
    expect(left).toEqual(['a']);
  });

  it('never calls back once it is closed', async () => {
    await using test = await TestEngine.start();
    await test.handshake();
    const [session] = test.sockets;
    let called = false;
    session!.send('a', () => {
      called = true;
    });
    session!.close(true);
    await test.closing();
    await new Promise(setImmediate);
    expect(called).toBe(false);
  });

  it('shows what waits, until the listeners of its end have seen it', async () => {
    await using test = await TestEngine.start();
    await test.handshake();
    const [session] = test.sockets;
    session!.send('a').send(Buffer.from([1]));
    const atClose: unknown[] = [];
    session!.on('close', () => atClose.push(...session!.writeBuffer));
    session!.close(true);
    expect(atClose).toMatchObject([
      { type: 'message', data: 'a' },
      { type: 'message', data: Buffer.from([1]) },
    ]);
    await until(() => session!.writeBuffer.length === 0);
  });

  it('takes nothing any more while it is closing', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const [session] = test.sockets;
    session!.send('a').close();
    session!.send('too late');
    expect((await test.get(sid)).body).toBe('4a');
    expect((await test.get(sid)).body).toBe('6\x1e1');
  });

  it('drops volatile packets that would have to wait', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const [session] = test.sockets;
    session!.writeFrame(new Frame('message', ['volatile']), true);
    session!.writeFrame(new Frame('message', ['kept']), false);
    expect((await test.get(sid)).body).toBe('4kept');
  });

  it('is only ever closed once', async () => {
    await using test = await TestEngine.start();
    await test.webSocket();
    const [session] = test.sockets;
    const reasons: string[] = [];
    session!.on('close', (reason: string) => reasons.push(reason));
    session!.close().close().close(true);
    await test.closing();
    session!.close(true);
    expect(reasons).toEqual(['forced close']);
    expect(session!.readyState).toBe('closed');
  });

  it('costs no event while nobody listens', async () => {
    await using test = await TestEngine.start();
    const client = await test.webSocket();
    const [session] = test.sockets;
    const emitted: unknown[] = [];
    for (const target of [session!, test.engine] as { emit(...args: unknown[]): boolean }[]) {
      const emit = target.emit.bind(target);
      target.emit = (...args: unknown[]) => {
        const isHeard = emit(...args);
        if (isHeard) emitted.push(args[0]);
        return isHeard;
      };
    }
    for (let count = 0; count < 10; count++) client.send('4in');
    await until(() => test.messages.length === 10);
    expect(emitted).toEqual([]);
    expect((session as unknown as { emitter: unknown }).emitter).toBeNull();
  });
});

describe('listeners of a session', () => {
  it('come and go like those of any emitter', () => {
    const engine = new EngineServer();
    const calls: string[] = [];
    const first = (): unknown => calls.push('first');
    const second = (): unknown => calls.push('second');
    expect(engine.emit('x')).toBe(false);
    expect(engine.listeners('x')).toEqual([]);
    expect(engine.listenerCount('x')).toBe(0);
    engine.off('x', first).removeAllListeners();
    engine.addListener('x', first).prependListener('x', second).once('x', first);
    expect(engine.listenerCount('x')).toBe(3);
    expect(engine.emit('x')).toBe(true);
    engine.removeListener('x', second);
    expect(engine.listeners('x')).toEqual([first]);
    engine.emit('x');
    engine.removeAllListeners('x');
    expect(engine.emit('x')).toBe(false);
    expect(calls).toEqual(['second', 'first', 'first', 'first']);
    // An error that nobody listens to ends no process.
    expect(engine.emit('error', new Error('boom'))).toBe(false);
  });
});

describe('an engine that closes', () => {
  it('ends every session, without what they still had to send', async () => {
    await using test = await TestEngine.start();
    const client = await test.webSocket();
    const sid = await test.handshake();
    const poll = test.get(sid);
    await until(() => test.sockets[1]!.writable);
    test.engine.close();
    expect(await client.closed).toBe(1005);
    expect((await poll).body).toBe('1');
    expect(test.engine.clientsCount).toBe(0);
    expect((await test.closing())[0]).toBe('forced close');
  });

  it('waits for its peers when it drains', async () => {
    await using test = await TestEngine.start();
    const client = await test.webSocket();
    await test.engine.drain(5_000);
    expect(await client.closed).toBe(1005);
  });

  it('cuts peers that never answer the closing handshake', async () => {
    await using test = await TestEngine.start();
    const socket = test.tcp();
    const closed = new Promise((resolve) => {
      socket.once('close', resolve);
    });
    socket.write(test.upgradeRequest('?EIO=4&transport=websocket'));
    await until(() => test.sockets.length === 1);
    await test.engine.drain(20);
    socket.resume();
    await closed;
  });

  it('has nothing to wait for without WebSockets', async () => {
    await using test = await TestEngine.start({ transports: ['polling'] });
    await test.handshake();
    await test.engine.drain(5_000);
    expect(test.engine.clientsCount).toBe(0);
  });
});

describe('a session over a transport that the application brings', () => {
  it('is a session like any other, without a request', async () => {
    await using test = await TestEngine.start();
    const client = await MemoryWireClient.connect(test.engine);
    expect(test.engine.clients[client.sid]).toBe(test.sockets[0]);
    expect(test.sockets[0]).toMatchObject({ request: undefined, remoteAddress: '' });
    client.send('4in');
    await until(() => test.messages.length === 1);
    test.sockets[0]!.send('out');
    expect(await client.next()).toBe('4out');
    await client.close();
    expect((await test.closing())[0]).toBe('transport close');
  });
});
