import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EngineOptions, WebTransportSession, WebTransportStream } from '../../lib/engine/index.js';
import { encodeStream, StreamDecoder, type EnginePacket } from '../../lib/protocol/index.js';
import { Inbox } from '../../lib/testing/inbox.js';
import { deferred, TestEngine, until } from './support.js';

/** Both ends of a session, in memory. */
class MemorySession implements WebTransportSession {
  readonly incomingBidirectionalStreams: ReadableStream<WebTransportStream>;
  readonly closed: Promise<unknown>;
  readonly inbox = new Inbox();
  isClosed = false;
  url: string | undefined = '/engine.io/?a=b';
  headers: Record<string, string> | undefined = { origin: 'https://page.test' };
  remoteAddress: string | undefined = '192.0.2.1';
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #onClosed!: (outcome: Promise<unknown> | undefined) => void;

  constructor(hasStream = true) {
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    const up = new TransformStream<Uint8Array, Uint8Array>();
    const down = new TransformStream<Uint8Array, Uint8Array>();
    this.#writer = up.writable.getWriter();
    this.#writer.closed.catch(() => {});
    this.incomingBidirectionalStreams = new ReadableStream({
      start(controller) {
        if (hasStream) controller.enqueue({ readable: up.readable, writable: down.writable });
      },
    });
    const decoder = new StreamDecoder(1e6, ({ type, data }) =>
      this.inbox.push(typeof data === 'string' ? `${type}:${data}` : Buffer.from(data)),
    );
    void down.readable.pipeTo(new WritableStream({ write: (chunk) => decoder.push(chunk) })).catch(() => {});
  }

  close(): void {
    this.isClosed = true;
    this.#onClosed(undefined);
  }

  fail(error: Error): void {
    this.#onClosed(Promise.reject(error));
  }

  send(type: EnginePacket['type'], data: string | Uint8Array = ''): void {
    this.write(encodeStream([{ type, data }]));
  }

  write(bytes: Uint8Array): void {
    this.#writer.write(bytes).catch(() => {});
  }

  end(): void {
    this.#writer.close().catch(() => {});
  }

  next(): Promise<string | Buffer> {
    return this.inbox.next(2_000);
  }
}

const options: EngineOptions = { transports: ['polling', 'websocket', 'webtransport'] };

async function open(test: TestEngine, session = new MemorySession()): Promise<MemorySession> {
  void test.engine.onWebTransportSession(session);
  session.send('open');
  expect(await session.next()).toMatch(/^open:\{"sid":"[\w-]{24}","upgrades":\[\],"pingInterval":25000/);
  return session;
}

describe('packets in a byte stream', () => {
  it.each<[EnginePacket, string]>([
    [{ type: 'message', data: 'hello' }, '063468656c6c6f'],
    [{ type: 'open', data: '' }, '0130'],
    [{ type: 'message', data: Uint8Array.of(1, 2) }, '820102'],
  ])('%j stand behind their length', (packet, bytes) => {
    expect(Buffer.from(encodeStream([packet])).toString('hex')).toBe(bytes);
  });

  it.each([
    [125, 'fd'],
    [126, 'fe007e'],
    [65_535, 'feffff'],
    [65_536, 'ff0000000000010000'],
    [1_000_000, 'ff00000000000f4240'],
  ])('of %i bytes have the header %s', (length, header) => {
    const encoded = Buffer.from(encodeStream([{ type: 'message', data: new Uint8Array(length) }]));
    expect(encoded.subarray(0, header.length / 2).toString('hex')).toBe(header);
    expect(encoded).toHaveLength(header.length / 2 + length);
  });

  it('are found however the stream is cut', () => {
    const data = fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array({ minLength: 1 }));
    const lengths = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(data), lengths, (messages, cuts) => {
        const packets = messages.map((message): EnginePacket => ({ type: 'message', data: message }));
        const stream = encodeStream(packets);
        const found: EnginePacket[] = [];
        const decoder = new StreamDecoder(1e6, (packet) => found.push(packet));
        for (let start = 0, turn = 0; start < stream.byteLength; turn++) {
          // At least one byte now and then, or it would never end.
          const length = Math.max(cuts[turn % cuts.length]!, turn % 2);
          decoder.push(stream.subarray(start, start + length));
          start += length;
        }
        expect(found).toEqual(packets);
      }),
    );
  });

  it.each([
    ['nothing', '00'],
    ['more than is allowed', 'fe2711'],
    ['more than any', 'ffffffffffffffffff'],
    ['no known type', '0139'],
  ])('of %s are refused', (_what, hex) => {
    const decoder = new StreamDecoder(10_000, () => {});
    expect(() => decoder.push(Buffer.from(hex, 'hex'))).toThrow(expect.objectContaining({ code: 'PARSE_ERROR' }));
  });
});

describe('a WebTransport session', () => {
  it('opens, and carries text and bytes both ways', async () => {
    await using test = await TestEngine.start(options);
    const session = await open(test);
    const [socket] = test.sockets;
    expect(socket!.transport.name).toBe('webtransport');
    session.send('message', 'a€');
    session.send('message', Uint8Array.of(1, 2));
    await until(() => test.messages.length === 2);
    expect(test.messages).toEqual(['a€', Buffer.from([1, 2])]);
    expect(Buffer.isBuffer(test.messages[1])).toBe(true);
    socket!.send('out').send(Buffer.from([3]));
    expect(await session.next()).toBe('message:out');
    expect(await session.next()).toEqual(Buffer.from([3]));
    await until(() => socket!.writable);
  });

  it('shows where it came from', async () => {
    await using test = await TestEngine.start(options);
    await open(test);
    const [socket] = test.sockets;
    expect(socket).toMatchObject({ remoteAddress: '192.0.2.1' });
    expect(socket!.request).toMatchObject({
      method: 'GET',
      url: '/engine.io/?a=b&EIO=4&transport=webtransport',
      headers: { origin: 'https://page.test' },
    });
  });

  it('may tell nothing of itself', async () => {
    await using test = await TestEngine.start(options);
    const session = new MemorySession();
    Object.assign(session, { url: undefined, headers: undefined, remoteAddress: undefined });
    await open(test, session);
    expect(test.sockets[0]).toMatchObject({ remoteAddress: '', request: { headers: {} } });
  });

  it('keeps bytes as they were when they were sent', async () => {
    await using test = await TestEngine.start(options);
    const session = await open(test);
    const bytes = Buffer.from([1]);
    test.sockets[0]!.send(bytes);
    bytes.fill(0);
    expect(await session.next()).toEqual(Buffer.from([1]));
  });

  it('is pinged', async () => {
    await using test = await TestEngine.start({ ...options, pingInterval: 20 });
    const session = new MemorySession();
    void test.engine.onWebTransportSession(session);
    session.send('open');
    await session.next();
    expect(await session.next()).toBe('ping:');
  });

  it.each([
    ['its client closes the session', (session: MemorySession) => session.close(), 'transport close'],
    ['its client ends the stream', (session: MemorySession) => session.end(), 'transport close'],
    ['its client says so', (session: MemorySession) => session.send('close'), 'transport close'],
    ['the session fails', (session: MemorySession) => session.fail(new Error('lost')), 'transport error'],
    ['a packet is invalid', (session: MemorySession) => session.write(Uint8Array.of(0)), 'parse error'],
    [
      'a packet is longer than maxHttpBufferSize',
      (session: MemorySession) => session.write(Buffer.from('fe2711', 'hex')),
      'parse error',
    ],
  ])('ends when %s', async (_what, act, reason) => {
    await using test = await TestEngine.start({ ...options, maxHttpBufferSize: 10_000 });
    const session = await open(test);
    act(session);
    expect((await test.closing())[0]).toBe(reason);
    expect(test.engine.clientsCount).toBe(0);
  });

  it('is closed by the server behind what was sent', async () => {
    await using test = await TestEngine.start(options);
    const session = await open(test);
    test.sockets[0]!.send('last words').close();
    expect(await session.next()).toBe('message:last words');
    await until(() => session.isClosed);
    expect((await test.closing())[0]).toBe('forced close');
  });

  it('goes through cors and other middlewares, which may refuse it', async () => {
    await using test = await TestEngine.start({ ...options, cors: { origin: 'https://page.test' } });
    const urls: (string | undefined)[] = [];
    test.engine.use((request, _response, next) => {
      urls.push(request.url);
      next();
    });
    await open(test);
    expect(urls).toHaveLength(1);
    test.engine.use((_request, _response, next) => next(new Error('no')));
    const refused = new MemorySession();
    void test.engine.onWebTransportSession(refused);
    refused.send('open');
    await until(() => refused.isClosed);
    test.engine.use((_request, response) => response.end());
    expect(test.engine.clientsCount).toBe(1);
  });

  it('is ended by a middleware that answers', async () => {
    await using test = await TestEngine.start(options);
    test.engine.use((_request, response) => response.end('no'));
    const refused = new MemorySession();
    void test.engine.onWebTransportSession(refused);
    refused.send('open');
    await until(() => refused.isClosed);
    expect(test.engine.clientsCount).toBe(0);
  });

  it('goes through allowRequest', async () => {
    const asked: (string | undefined)[] = [];
    await using test = await TestEngine.start({
      ...options,
      allowRequest: (request, decide) => {
        asked.push(request.headers.origin);
        decide('no', false);
      },
    });
    const errors: number[] = [];
    test.engine.on('connection_error', ({ code }: { code: number }) => errors.push(code));
    const session = new MemorySession();
    void test.engine.onWebTransportSession(session);
    session.send('open');
    await until(() => session.isClosed);
    expect(asked).toEqual(['https://page.test']);
    expect(errors).toEqual([4]);
    expect(test.engine.clientsCount).toBe(0);
  });

  it.each<[string, (session: MemorySession) => void]>([
    ['another packet first', (session) => session.send('message', 'a')],
    ['a name that is none', (session) => session.send('open', '{"sid":1}')],
    ['a name that cannot be read', (session) => session.send('open', '{')],
    ['an unknown session', (session) => session.send('open', '{"sid":"unknown"}')],
    ['garbage', (session) => session.write(Uint8Array.of(0))],
    ['the end of the stream', (session) => session.end()],
  ])('is closed for %s', async (_what, act) => {
    await using test = await TestEngine.start(options);
    const session = new MemorySession();
    void test.engine.onWebTransportSession(session);
    act(session);
    await until(() => session.isClosed);
    expect(test.engine.clientsCount).toBe(0);
  });

  it.each([true, false])('is closed when it does nothing in time; with a stream: %s', async (hasStream) => {
    await using test = await TestEngine.start({ ...options, upgradeTimeout: 30 });
    const session = new MemorySession(hasStream);
    void test.engine.onWebTransportSession(session);
    await until(() => session.isClosed);
  });

  it('is closed with the engine when it has said nothing yet', async () => {
    await using test = await TestEngine.start(options);
    const session = new MemorySession();
    void test.engine.onWebTransportSession(session);
    test.engine.close();
    expect(session.isClosed).toBe(true);
  });

  it('is closed when the engine was, while allowRequest had not decided', async () => {
    const asked = deferred<() => void>();
    const allowRequest: EngineOptions['allowRequest'] = (_request, decide) => asked.resolve(() => decide(null, true));
    await using test = await TestEngine.start({ ...options, allowRequest });
    const session = new MemorySession();
    void test.engine.onWebTransportSession(session);
    session.send('open');
    const allow = await asked.promise;
    test.engine.close();
    allow();
    expect(session.isClosed).toBe(true);
    expect(test.engine.clientsCount).toBe(0);
  });

  it('is closed where it is not served', async () => {
    await using test = await TestEngine.start();
    const session = new MemorySession();
    await test.engine.onWebTransportSession(session);
    expect(session.isClosed).toBe(true);
    await using closed = await TestEngine.start(options);
    closed.engine.close();
    const late = new MemorySession();
    await closed.engine.onWebTransportSession(late);
    expect(late.isClosed).toBe(true);
  });
});

describe('an upgrade from polling to WebTransport', () => {
  it('is offered, probed and done', async () => {
    await using test = await TestEngine.start(options);
    expect((await test.request('?EIO=4&transport=polling')).body).toContain('"upgrades":["websocket","webtransport"]');
    const sid = await test.handshake();
    const socket = test.sockets.at(-1)!;
    socket.send('before');
    const session = new MemorySession();
    void test.engine.onWebTransportSession(session);
    session.send('open', JSON.stringify({ sid }));
    session.send('ping', 'probe');
    expect(await session.next()).toBe('pong:probe');
    session.send('upgrade');
    expect(await session.next()).toBe('message:before');
    expect(socket).toMatchObject({ upgraded: true, transport: { name: 'webtransport' } });
  });
});

describe('checkOrigin of WebTransport', () => {
  const page = 'https://page.test';
  const checked: EngineOptions = { ...options, checkOrigin: true };

  it.each<[string, Record<string, string>, EngineOptions, boolean]>([
    ['its own origin', { origin: page, host: 'page.test' }, checked, true],
    ['its own origin, as HTTP/3 tells it', { origin: page, ':authority': 'page.test' }, checked, true],
    ['an origin that cors grants access', { origin: page }, { ...checked, cors: { origin: page } }, true],
    ['another origin', { origin: page, host: 'app.test' }, checked, false],
  ])('decides about sessions and upgrades of %s', async (_what, headers, given, isLetIn) => {
    await using test = await TestEngine.start(given);
    for (const sid of [undefined, await test.handshake()]) {
      const session = new MemorySession();
      session.headers = headers;
      void test.engine.onWebTransportSession(session);
      session.send('open', sid === undefined ? '' : JSON.stringify({ sid }));
      if (sid !== undefined) session.send('ping', 'probe');
      if (isLetIn) expect(await session.next()).toMatch(sid === undefined ? /^open/ : /^pong:probe/);
      else await session.closed;
      expect(session.isClosed).toBe(!isLetIn);
    }
  });
});

describe('a WebTransport session that is paused', () => {
  it('is read no further than what a read has brought, and goes on in order', async () => {
    await using test = await TestEngine.start(options);
    test.onMessage = (socket, data) => {
      if (data === 'pause') socket.pauseReading();
    };
    const session = await open(test);
    const other = await open(test);
    session.send('message', 'pause');
    await until(() => test.messages.length === 1);
    for (const data of ['1', '2', '3']) session.send('message', data);
    // What others send is handled after it would have been.
    other.send('message', 'of another');
    await until(() => test.messages.includes('of another'));
    // One read may have been under way.
    expect(test.messages.length).toBeLessThanOrEqual(3);
    test.sockets[0]!.resumeReading();
    await until(() => test.messages.length === 5);
    expect(test.messages.filter((data) => data !== 'of another')).toEqual(['pause', '1', '2', '3']);
  });

  it('is written to all the while', async () => {
    await using test = await TestEngine.start(options);
    const session = await open(test);
    const [socket] = test.sockets;
    socket!.pauseReading();
    socket!.send('a');
    expect(await session.next()).toBe('message:a');
  });

  it('can be closed, and leaves nothing that waits', async () => {
    await using test = await TestEngine.start(options);
    const session = await open(test);
    const [socket] = test.sockets;
    socket!.pauseReading();
    const closing = test.closing();
    socket!.close();
    expect((await closing)[0]).toBe('forced close');
    session.end();
    await until(() => test.engine.clientsCount === 0);
  });
});
