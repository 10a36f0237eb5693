import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { InMemoryAdapter } from '../../lib/adapter/index.js';
import { Broadcaster, SOCKET_IO_SERVER, type Server, type SocketIoModuleOptions } from '../../lib/index.js';
import { WebSocketWireClient } from '../../lib/testing/index.js';
import { next } from '../support/clients.js';
import { bootError, PollingByHand, sessionPath, startApp, upgradeByHand, type TestApp } from './support.js';

function start(options: SocketIoModuleOptions): Promise<TestApp> {
  return startApp({ options });
}

function open({ url }: TestApp, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url + sessionPath('polling'), { headers });
}

async function handshake(running: TestApp): Promise<Record<string, unknown>> {
  return JSON.parse((await (await open(running)).text()).split('\x1e')[0]!.slice(1)) as Record<string, unknown>;
}

describe.each([
  ['pingInterval', 1_234, 'pingInterval'],
  ['pingTimeout', 1_234, 'pingTimeout'],
  ['maxHttpBufferSize', 1_234, 'maxPayload'],
  ['allowUpgrades', false, 'upgrades'],
] as const)('the option %s', (option, value, field) => {
  it('is told every client in its handshake', async () => {
    await using running = await start({ [option]: value });
    expect((await handshake(running))[field]).toEqual(value === false ? [] : value);
  });
});

describe('the option', () => {
  it('transports closes the others', async () => {
    await using running = await start({ transports: ['websocket'] });
    const answer = await open(running);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ code: 0, message: 'Transport unknown' });
    await running.clients.connect('/', { transports: ['websocket'] });
  });

  it.each(['express', 'fastify'] as const)(
    'addTrailingSlash serves the path without its slash, on %s',
    async (platform) => {
      await using running = await startApp({ platform, options: { addTrailingSlash: false } });
      expect((await fetch(`${running.url}/socket.io?EIO=4&transport=polling`)).status).toBe(200);
    },
  );

  it('addTrailingSlash leaves the slash to a fastify that ignores it', async () => {
    await using running = await startApp({
      platform: 'fastify',
      fastify: { routerOptions: { ignoreTrailingSlash: true } },
      options: { addTrailingSlash: false },
    });
    expect((await fetch(`${running.url}/socket.io?EIO=4&transport=polling`)).status).toBe(200);
  });

  it('upgradeTimeout ends an upgrade that is not finished', async () => {
    await using running = await start({ upgradeTimeout: 50 });
    const { sid } = await handshake(running);
    const probe = await WebSocketWireClient.open(running.url + sessionPath('websocket', sid as string));
    await probe.closed;
  });

  it('connectTimeout ends a connection that joins no namespace', async () => {
    await using running = await start({ connectTimeout: 50 });
    const client = await WebSocketWireClient.connect(running.url + sessionPath('websocket'));
    await client.closed;
  });

  it('ackTimeout bounds broadcasts that set no timeout of their own', async () => {
    await using running = await start({ ackTimeout: 20 });
    await running.clients.connect();
    await expect(running.app.get(Broadcaster).emitWithAck('anyone')).rejects.toMatchObject({ responses: [] });
  });

  it('allowRequest refuses clients', async () => {
    await using running = await start({
      allowRequest: ({ headers }, decide) => decide('Not you', headers['x-ticket'] === 'paid'),
    });
    expect((await open(running, { 'x-ticket': 'paid' })).status).toBe(200);
    const refused = await open(running);
    expect(refused.status).toBe(403);
    expect(await refused.json()).toEqual({ code: 4, message: 'Not you' });
  });

  it.each(['express', 'fastify'] as const)('cors lets other origins in, on %s', async (platform) => {
    await using running = await startApp({ platform, options: { cors: { origin: 'https://there.example' } } });
    const { headers } = await open(running, { origin: 'https://there.example' });
    expect(headers.get('access-control-allow-origin')).toBe('https://there.example');
    const preflight = await fetch(running.url + sessionPath('polling'), {
      method: 'OPTIONS',
      headers: { origin: 'https://there.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
  });

  it('cookie sets a cookie with the id of the session', async () => {
    await using running = await start({ cookie: { name: 'seat' } });
    const answer = await open(running);
    const { sid } = JSON.parse((await answer.text()).slice(1)) as { sid: string };
    expect(answer.headers.getSetCookie()).toEqual([expect.stringContaining(`seat=${sid}`)]);
  });

  it('httpCompression compresses short responses too', async () => {
    await using running = await start({ httpCompression: { threshold: 1 } });
    const session = await PollingByHand.join(running);
    expect((await session.poll()).headers.get('content-encoding')).toBe('gzip');
  });

  it('perMessageDeflate agrees on compression with the client', async () => {
    await using running = await start({ perMessageDeflate: true });
    const { tcp, answer } = await upgradeByHand(running, sessionPath('websocket'), [
      'Sec-WebSocket-Extensions: permessage-deflate',
    ]);
    expect(answer).toContain('\r\nSec-WebSocket-Extensions: permessage-deflate');
    tcp.destroy();
  });

  it('wsEngine is the class that is used', async () => {
    let upgrades = 0;
    class CountingServer extends WebSocketServer {
      override handleUpgrade(...args: Parameters<WebSocketServer['handleUpgrade']>): void {
        upgrades++;
        super.handleUpgrade(...args);
      }
    }
    await using running = await start({ wsEngine: CountingServer as never });
    await running.clients.connect('/', { transports: ['websocket'] });
    expect(upgrades).toBe(1);
  });

  it('initialPacket comes right behind the handshake', async () => {
    await using running = await start({ initialPacket: 'welcome' });
    expect((await (await open(running)).text()).split('\x1e').slice(1)).toEqual(['4welcome']);
  });

  it('destroyUpgradeTimeout ends upgrades that nobody answers', async () => {
    await using running = await start({ destroyUpgradeTimeout: 20 });
    expect((await upgradeByHand(running, '/elsewhere')).answer).toBe('');
  });

  it('destroyUpgrade leaves upgrades of other paths to others, for as long as they take', async () => {
    await using running = await start({ destroyUpgrade: false, destroyUpgradeTimeout: 1 });
    running.app.getHttpServer().on('upgrade', (_request: unknown, socket: Duplex) => {
      // Far behind the timeout, were it in force.
      setTimeout(() => socket.end('HTTP/1.1 418 Teapot\r\n\r\n'), 50);
    });
    expect((await upgradeByHand(running, '/elsewhere')).answer).toContain('418');
  });

  it('adapter keeps the rooms', async () => {
    const joined: unknown[] = [];
    class RecordingAdapter extends InMemoryAdapter {
      override addAll(id: string, rooms: ReadonlySet<string>): ReturnType<InMemoryAdapter['addAll']> {
        joined.push([...rooms]);
        return super.addAll(id, rooms as Set<string>);
      }
    }
    await using running = await start({ adapter: RecordingAdapter });
    const { id } = await running.clients.connect();
    expect(joined).toEqual([[id]]);
  });

  it('onError gets what a listener of the server throws, and where', async () => {
    const errors: unknown[] = [];
    await using running = await start({ onError: (error, { event }) => errors.push([error, event]) });
    const error = new Error('listener');
    running.app.get<Server>(SOCKET_IO_SERVER).on('connection', () => {
      throw error;
    });
    await running.clients.connect();
    expect(errors).toEqual([[error, 'connection']]);
    expect(running.logger.errors).toEqual([]);
  });
});

describe('the option log', () => {
  async function failing(options: SocketIoModuleOptions): Promise<TestApp> {
    const running = await start(options);
    running.app.get<Server>(SOCKET_IO_SERVER).on('connection', (socket) => {
      socket.on('boom', () => {
        throw new Error('listener');
      });
      socket.on('after', () => socket.emit('alive'));
    });
    const socket = await running.clients.connect();
    const alive = next(socket, 'alive');
    socket.emit('boom');
    socket.emit('after');
    await alive;
    return running;
  }

  it('is the logger of the application where it is not given', async () => {
    await using running = await failing({});
    expect(running.logger.errors).toHaveLength(1);
    expect(String(running.logger.errors[0]![0])).toContain('listener');
  });

  it('is the logger of the application where it is undefined', async () => {
    await using running = await failing({ log: undefined });
    expect(running.logger.errors).toHaveLength(1);
  });

  it('takes the lines of the server', async () => {
    const lines: string[] = [];
    await using running = await failing({ log: { warn: () => {}, error: (line) => lines.push(line) } });
    expect(lines).toEqual(['Unhandled error in "boom": listener']);
    expect(running.logger.errors).toEqual([]);
  });

  it('is nowhere where it is false', async () => {
    await using running = await failing({ log: false });
    expect(running.logger.errors).toEqual([]);
  });
});

describe('an option that cannot work', () => {
  it.each<[option: string, value: unknown]>([
    ['pingInterval', 0],
    ['pingTimeout', 'soon'],
    ['upgradeTimeout', Number.NaN],
    ['maxHttpBufferSize', -1],
    ['transports', ['tcp']],
    ['connectTimeout', 'soon'],
    ['ackTimeout', Number.NaN],
    ['drainTimeout', 'soon'],
    ['drainTimeout', -1],
    ['adapterTimeout', 'soon'],
    ['adapterTimeout', -1],
    ['ackStyle', 'envelop'],
  ])('keeps the application from starting: %s %p', async (option, value) => {
    expect(await bootError({ options: { [option]: value } })).toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(option),
    });
  });
});
