import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { HandshakeRequest } from '../../lib/engine/handshake-request.js';
import type { EngineOptions } from '../../lib/engine/index.js';
import { TestEngine, until } from './support.js';

const headers = ['X-Some-Name: a', 'Cookie: b=c; d=e', 'X-Some-Name: b', 'x-empty: ', 'X-Other: caf\u00e9'];

/** Shows the requests of upgrades, without a listener: what else listens to upgrades keeps them. */
function seeUpgrades({ httpServer }: TestEngine, see: (request: IncomingMessage) => void): void {
  const emit = httpServer.emit as (...args: unknown[]) => boolean;
  httpServer.emit = function (this: typeof httpServer, ...args: [string, IncomingMessage]) {
    if (args[0] === 'upgrade') see(args[1]);
    return emit.call(this, ...args);
  } as typeof httpServer.emit;
}

interface Opened extends AsyncDisposable {
  /** The request as it came, and as the session has it. */
  readonly came: IncomingMessage;
  readonly kept: () => IncomingMessage;
  readonly test: TestEngine;
}

/** Starts an engine, opens a WebSocket, and returns the request that came and the one that the session has. */
async function open(options: EngineOptions = {}, prepare: (test: TestEngine) => void = () => {}): Promise<Opened> {
  const test = await TestEngine.start(options);
  let came: IncomingMessage | undefined;
  seeUpgrades(test, (request) => {
    came = request;
  });
  prepare(test);
  const client = test.tcp();
  client.write(Buffer.from(test.upgradeRequest('?EIO=4&transport=websocket&a=1&b=x%20y', headers), 'latin1'));
  await until(() => test.sockets.length === 1);
  client.resume();
  return {
    came: came!,
    test,
    kept: () => test.sockets[0]!.request!,
    async [Symbol.asyncDispose]() {
      client.destroy();
      await test[Symbol.asyncDispose]();
    },
  };
}

describe('the request of a WebSocket', () => {
  it('is let go of when nobody else has seen it, and made again for who asks', async () => {
    await using opened = await open();
    const { came, kept } = opened;
    const made = kept();
    expect(made).not.toBe(came);
    expect(made).toBeInstanceOf(IncomingMessage);
    for (const name of [
      'url',
      'method',
      'httpVersion',
      'httpVersionMajor',
      'httpVersionMinor',
      'headers',
      'headersDistinct',
      'rawHeaders',
      'rawTrailers',
      'trailers',
      'complete',
      'upgrade',
      'aborted',
      'statusCode',
      '_query',
    ] as const) {
      expect([name, made[name as 'url']]).toEqual([name, came[name as 'url']]);
    }
    expect(made.headers['x-some-name']).toBe('a, b');
    expect(made.headers['x-other']).toBe('caf\u00e9');
    expect(made.socket).toBe(came.socket);
    expect(made.socket.remoteAddress).toBe('127.0.0.1');
  });

  it('is the same for all who ask, and keeps what they leave on it', async () => {
    await using opened = await open();
    const { test, kept } = opened;
    Object.assign(kept(), { user: 'ann' });
    expect(kept()).toMatchObject({ user: 'ann' });
    expect(kept()).toBe(test.sockets[0]!.transport.request);
  });

  it('may be dropped by the application', async () => {
    await using opened = await open();
    const { test, kept } = opened;
    test.sockets[0]!.request = null;
    expect(kept()).toBeNull();
  });

  it('knows its address after the connection is closed', async () => {
    await using opened = await open();
    const { test, kept } = opened;
    const [session] = test.sockets;
    session!.close(true);
    expect(session!.remoteAddress).toBe('127.0.0.1');
    expect(kept().url).toContain('a=1');
  });

  it.each<[string, EngineOptions, (test: TestEngine) => void]>([
    ['a middleware', {}, ({ engine }) => engine.use((_request, _response, next) => next())],
    ['allowRequest', { allowRequest: (_request, done) => done(null, true) }, () => {}],
    ['a function that chooses for other origins', { cors: (_request, done) => done(null, {}) }, () => {}],
    ['a listener of headers', {}, ({ engine }) => engine.on('headers', () => {})],
    ['a listener of initial_headers', {}, ({ engine }) => engine.on('initial_headers', () => {})],
    [
      'generateId',
      {},
      ({ engine }) => {
        engine.generateId = () => 'own-id';
      },
    ],
    ['another listener of upgrades', {}, ({ httpServer }) => httpServer.on('upgrade', () => {})],
    [
      'a listener of connection that looked at it',
      {},
      ({ engine }) => engine.on('connection', ({ request }: { request: IncomingMessage }) => void request.url),
    ],
    [
      'somebody who left something on it',
      {},
      (test) => seeUpgrades(test, (request) => void Object.assign(request, { stamp: 1 })),
    ],
    [
      'somebody who read its query',
      {},
      (test) =>
        seeUpgrades(test, (request) => {
          Object.assign(request, { _query: { EIO: '4', transport: 'websocket', own: '1' } });
        }),
    ],
  ])('stays when it was given to %s', async (_whom, options, prepare) => {
    await using opened = await open(options, prepare);
    const { came, kept } = opened;
    expect(kept()).toBe(came);
  });

  it('stays when the server joins headers in its own way', () => {
    const request = new IncomingMessage({} as Socket);
    Object.assign(request, { method: 'GET', url: '/', joinDuplicateHeaders: true });
    const held = new HandshakeRequest(request);
    held.release();
    expect(held.get()).toBe(request);
  });
});
