import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { WebSocket, WebSocketServer } from 'ws';
import type { EngineSocket } from '../../lib/engine/index.js';
import { webSocketBytes } from '../../lib/engine/transport/websocket-frame.js';
import { Frame } from '../../lib/protocol/index.js';
import type { WireClient } from '../../lib/testing/index.js';
import { TestEngine, until } from './support.js';

/** A WebSocket of the installed `ws`, and everything that it receives. */
async function openRaw(test: TestEngine, options: object = {}) {
  const webSocket = new WebSocket(
    `${test.url.replace('http', 'ws')}/engine.io/?EIO=4&transport=websocket`,
    options as never,
  );
  const received: (string | Buffer)[] = [];
  webSocket.on('message', (data: Buffer, isBinary) => received.push(isBinary ? data : data.toString()));
  await until(() => received.length === 1);
  return { webSocket, received: received.splice(0) && received };
}

describe('a WebSocket session', () => {
  it('opens with the handshake, which offers no upgrades', async () => {
    await using test = await TestEngine.start();
    const { handshake } = await test.webSocket();
    expect(Object.keys(handshake)).toEqual(['sid', 'upgrades', 'pingInterval', 'pingTimeout', 'maxPayload']);
    expect(handshake).toMatchObject({ upgrades: [], pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1_000_000 });
    expect(test.engine.clients[handshake.sid]).toBe(test.sockets[0]);
  });

  it('sends one frame per packet, binary as it is', async () => {
    await using test = await TestEngine.start();
    const client = await test.webSocket();
    test.sockets[0]!.send('hello')
      .send(Buffer.from([1, 2, 3]))
      .write(new Uint8Array([9, 8, 7]).subarray(1));
    expect(await client.next()).toBe('4hello');
    expect(await client.next()).toEqual(Buffer.from([1, 2, 3]));
    expect(await client.next()).toEqual(Buffer.from([8, 7]));
  });

  it('receives text and bytes in order', async () => {
    await using test = await TestEngine.start();
    const client = await test.webSocket();
    client.send('4a€');
    client.send(Buffer.from([0, 255]));
    client.send('4');
    client.send('bAQID');
    await until(() => test.messages.length === 4);
    expect(test.messages).toEqual(['a€', Buffer.from([0, 255]), '', Buffer.from([1, 2, 3])]);
  });

  it('sends the initial packet right behind the handshake', async () => {
    await using test = await TestEngine.start({ initialPacket: 'welcome' });
    expect(await (await test.webSocket()).next()).toBe('4welcome');
  });

  it.each(['abc', '', '7', 'b***'])('ends for the packet %j, and no other session does', async (packet) => {
    await using test = await TestEngine.start();
    const other = await test.webSocket();
    const client = await test.webSocket();
    client.send(packet);
    expect(await test.closing()).toMatchObject(['parse error', { name: 'ParseError' }]);
    expect(await client.closed).toBe(1005);
    other.send('4still here');
    await until(() => test.messages.length === 1);
    expect(test.engine.clientsCount).toBe(1);
  });

  it('ends when its client says so', async () => {
    await using test = await TestEngine.start();
    const client = await test.webSocket();
    client.send('1');
    expect((await test.closing())[0]).toBe('transport close');
    await client.closed;
    expect(test.engine.clientsCount).toBe(0);
  });

  it('ends when its client goes away', async () => {
    await using test = await TestEngine.start();
    await (await test.webSocket()).close();
    expect((await test.closing())[0]).toBe('transport close');
  });

  it.each(['0', '5', '6'])('ignores the packet %s of an established transport', async (packet) => {
    await using test = await TestEngine.start();
    const client = await test.webSocket();
    client.send(packet);
    client.send('4a');
    await until(() => test.messages.length === 1);
    expect(test.engine.clientsCount).toBe(1);
  });

  it('ends for a message above maxHttpBufferSize, and takes one that is not', async () => {
    await using test = await TestEngine.start({ maxHttpBufferSize: 100 });
    const client = await test.webSocket();
    client.send(`4${'a'.repeat(99)}`);
    await until(() => test.messages.length === 1);
    client.send(`4${'a'.repeat(100)}`);
    expect(await test.closing()).toMatchObject(['transport error', { code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' }]);
    expect(await client.closed).toBe(1009);
  });

  it('is closed by the server after what was sent', async () => {
    await using test = await TestEngine.start();
    const client = await test.webSocket();
    test.sockets[0]!.send('a').send('b').close();
    expect(await client.next()).toBe('4a');
    expect(await client.next()).toBe('4b');
    expect(await client.closed).toBe(1005);
    expect((await test.closing())[0]).toBe('forced close');
  });

  it('delivers what it sends to a client that compresses, if the server does not', async () => {
    await using test = await TestEngine.start();
    const { webSocket, received } = await openRaw(test, { perMessageDeflate: true });
    expect(webSocket.extensions).toBe('');
    test.sockets[0]!.send('a'.repeat(5_000));
    await until(() => received.length === 1);
    webSocket.terminate();
  });

  it('goes on after a message whose handling throws', async () => {
    await using test = await TestEngine.start();
    const client = await test.webSocket();
    test.onMessage = (_socket, data) => {
      if (data === 'bad') throw new Error('boom');
    };
    client.send('4bad');
    client.send('4good');
    await until(() => test.messages.length === 2);
    expect(test.errors).toMatchObject([{ message: 'boom' }]);
    expect(test.engine.clientsCount).toBe(1);
  });

  it('keeps what a caller sends as it was when it was sent', async () => {
    await using test = await TestEngine.start();
    const client = await test.webSocket();
    const bytes = Buffer.from([1, 2, 3]);
    test.sockets[0]!.send(bytes);
    bytes.fill(0);
    expect(await client.next()).toEqual(Buffer.from([1, 2, 3]));
  });
});

describe('WebSocket frames', () => {
  it('have the same bytes as those of ws, at every length where the header changes', async () => {
    await using test = await TestEngine.start();
    const { webSocket, received } = await openRaw(test);
    const lengths = [0, 1, 124, 125, 126, 65_534, 65_535, 65_536, 70_000, 300_000];
    for (const length of lengths) {
      test.sockets[0]!.send('x'.repeat(length));
      test.sockets[0]!.send(Buffer.alloc(length, 7));
    }
    await until(() => received.length === lengths.length * 2);
    for (const [index, length] of lengths.entries()) {
      expect(received[index * 2]).toBe(`4${'x'.repeat(length)}`);
      expect(Buffer.alloc(length, 7).equals(received[index * 2 + 1] as Buffer)).toBe(true);
    }
    webSocket.terminate();
  });

  it('are read back by ws as they were written', async () => {
    await using test = await TestEngine.start();
    const { webSocket, received } = await openRaw(test);
    const part = fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array());
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(part, { minLength: 1, maxLength: 3 }), { minLength: 1 }), async (packets) => {
        received.length = 0;
        for (const parts of packets) test.sockets[0]!.writeFrame(new Frame('message', parts), false);
        const expected = packets.flat().map((each) => (typeof each === 'string' ? `4${each}` : Buffer.from(each)));
        await until(() => received.length === expected.length);
        expect(received).toEqual(expected);
      }),
      { numRuns: 50 },
    );
    webSocket.terminate();
  });

  it('are built once for all that receive them', async () => {
    await using test = await TestEngine.start();
    const clients = await Promise.all(Array.from({ length: 5 }, () => test.webSocket()));
    const frame = new Frame('message', ['shared']);
    const bytes = webSocketBytes(frame);
    for (const socket of test.sockets) socket.writeFrame(frame, false);
    for (const client of clients) expect(await client.next()).toBe('4shared');
    expect(frame.webSocketBytes).toBe(bytes);
  });

  it('leave in one write, all of a tick', async () => {
    await using test = await TestEngine.start();
    const client = await test.webSocket();
    const stream = test.sockets[0]!.request!.socket;
    const writes: unknown[] = [];
    const write = stream.write.bind(stream);
    stream.write = ((...args: Parameters<typeof write>) => {
      writes.push(args[0]);
      return write(...args);
    }) as never;
    for (let count = 0; count < 20; count++) test.sockets[0]!.send(String(count));
    for (let count = 0; count < 20; count++) expect(await client.next()).toBe(`4${count}`);
    expect(writes).toHaveLength(1);
  });
});

describe('the socket below a WebSocket', () => {
  /** The socket of the next upgrade, and how often `ws` and the engine have ended it. */
  function upgraded(test: TestEngine): Promise<{ socket: Duplex; end: jest.SpiedFunction<Duplex['end']> }> {
    return new Promise((resolve) => {
      test.httpServer.prependOnceListener('upgrade', (_request, socket: Duplex) =>
        resolve({ socket, end: jest.spyOn(socket, 'end') }),
      );
    });
  }

  it.each<[string, (client: WireClient, session: EngineSocket) => unknown]>([
    ['the client', (client) => client.close()],
    ['the server', (_client, session) => session.close()],
  ])('is ended once by the closing handshake that %s begins', async (_who, close) => {
    await using test = await TestEngine.start();
    const upgrade = upgraded(test);
    const client = await test.webSocket();
    const { socket, end } = await upgrade;
    const closed = once(socket, 'close');
    void close(client, test.sockets[0]!);
    await closed;
    expect(end).toHaveBeenCalledTimes(1);
  });

  it('is ended when its peer ends it without a word', async () => {
    await using test = await TestEngine.start();
    const upgrade = upgraded(test);
    const peer = test.tcp();
    peer.write(test.upgradeRequest('?EIO=4&transport=websocket'));
    await once(peer, 'data');
    peer.end();
    const { socket, end } = await upgrade;
    expect((await test.closing())[0]).toBe('transport close');
    expect(socket.writableFinished).toBe(true);
    expect(end).toHaveBeenCalledTimes(1);
  });

  it('tells others of its end', async () => {
    await using test = await TestEngine.start();
    const upgrade = upgraded(test);
    const client = await test.webSocket();
    const { socket } = await upgrade;
    const told = once(socket, 'end');
    await client.close();
    await told;
  });
});

describe('perMessageDeflate', () => {
  it('is off by default', async () => {
    await using test = await TestEngine.start();
    const { webSocket } = await openRaw(test);
    expect(webSocket.extensions).toBe('');
    webSocket.terminate();
  });

  it.each([[true], [{ threshold: 10 }]])(
    'compresses when it is %j, in order, from its threshold on',
    async (option) => {
      await using test = await TestEngine.start({ perMessageDeflate: option });
      const { webSocket, received } = await openRaw(test);
      expect(webSocket.extensions).toContain('permessage-deflate');
      const stream = test.sockets[0]!.request!.socket;
      const before = stream.bytesWritten;
      const texts = ['a'.repeat(100_000), 'short', 'b'.repeat(50_000)];
      for (const text of texts) test.sockets[0]!.send(text);
      test.sockets[0]!.send(Buffer.from([1]));
      await until(() => received.length === 4);
      expect(received).toEqual([...texts.map((text) => `4${text}`), Buffer.from([1])]);
      expect(stream.bytesWritten - before).toBeLessThan(5_000);
      webSocket.terminate();
    },
  );

  it('leaves packets alone that must not be compressed, and those below the threshold', async () => {
    await using test = await TestEngine.start({
      perMessageDeflate: { threshold: 20_000, serverNoContextTakeover: true },
    });
    const { webSocket, received } = await openRaw(test);
    const stream = test.sockets[0]!.request!.socket;
    const before = stream.bytesWritten;
    test.sockets[0]!.send('a'.repeat(30_000), { compress: false });
    test.sockets[0]!.send('a'.repeat(10_000));
    await until(() => received.length === 2);
    expect(stream.bytesWritten - before).toBeGreaterThan(40_000);
    webSocket.terminate();
  });

  it('tells when what it compressed has left', async () => {
    await using test = await TestEngine.start({ perMessageDeflate: true });
    const { webSocket } = await openRaw(test);
    await new Promise<void>((resolve) => {
      test.sockets[0]!.send('a'.repeat(100_000), () => resolve());
    });
    expect(test.sockets[0]!.writable).toBe(true);
    webSocket.terminate();
  });
});

describe('wsEngine', () => {
  it('replaces the WebSocket server, and frames go through its sockets', async () => {
    const options: Record<string, unknown>[] = [];
    const sent: unknown[] = [];
    class Observed extends WebSocket {
      override send(...args: unknown[]): void {
        sent.push(args[0]);
        super.send(...(args as Parameters<WebSocket['send']>));
      }
    }
    class Engine extends WebSocketServer {
      constructor(given: Record<string, unknown>) {
        super({ ...given, WebSocket: Observed as never });
        options.push(given);
      }
    }
    await using test = await TestEngine.start({ wsEngine: Engine, maxHttpBufferSize: 1_234 });
    const client = await test.webSocket();
    test.sockets[0]!.send('a');
    expect(await client.next()).toBe('4a');
    expect(options).toMatchObject([{ noServer: true, maxPayload: 1_234, perMessageDeflate: false }]);
    expect(sent.slice(1)).toEqual(['4a']);
  });
});
