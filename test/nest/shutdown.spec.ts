import { afterEach, describe, expect, it, jest } from '@jest/globals';
import 'reflect-metadata';
import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { connect, type Socket as TcpSocket } from 'node:net';
import { Inject, Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import {
  OnDisconnect,
  SOCKET_IO_SERVER,
  SubscribeMessage,
  WebSocketGateway,
  type Server,
  type Socket,
} from '../../lib/index.js';
import type { DisconnectReason, ServerOptions } from '../../lib/server/index.js';
import { next } from '../support/clients.js';
import { Gate, sessionPath, startApp, upgradeByHand, webSocketText } from './support.js';

const reasons: string[] = [];

@WebSocketGateway()
class RecordingGateway {
  @SubscribeMessage('echo')
  echo(_socket: Socket, body: unknown): unknown {
    return body;
  }
  @OnDisconnect()
  left(_socket: Socket, reason: DisconnectReason): void {
    reasons.push(reason);
  }
}

/** A gateway whose disconnect hook is waited for. */
function gatewayThat(hook: () => Promise<unknown>): new () => object {
  @WebSocketGateway()
  class Gateway {
    @OnDisconnect()
    left(): Promise<unknown> {
      return hook();
    }
  }
  return Gateway;
}

async function duration(work: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work;
  return performance.now() - start;
}

afterEach(() => {
  reasons.length = 0;
  jest.restoreAllMocks();
});

describe.each(['express', 'fastify'] as const)('closing an application on %s', (platform) => {
  it('closes a hundred sockets, and tells both sides why', async () => {
    const running = await startApp({ platform, providers: [RecordingGateway] });
    const sockets = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        running.clients.connect('/', { transports: [index % 2 === 0 ? 'websocket' : 'polling'] }),
      ),
    );
    const { engine } = running.app.get<Server>(SOCKET_IO_SERVER);
    // A client between two polls asks next time, and is refused.
    while (!Object.values(engine.clients).every(({ transport }) => transport.writable)) await new Promise(setImmediate);
    const told = Promise.all(sockets.map(async (socket) => (await next(socket, 'disconnect'))[0]));
    await running.app.close();
    expect(new Set(await told)).toEqual(new Set(['transport close']));
    expect(reasons).toEqual(Array.from({ length: 100 }, () => 'server shutting down'));
    expect(running.logger.errors).toEqual([]);
  });

  it('ends though a handshake is never decided, and a body never comes', async () => {
    let isAsked = false;
    const allowRequest: ServerOptions['allowRequest'] = (request, decide) => {
      if (request.url!.includes('undecided')) isAsked = true;
      else decide(null, true);
    };
    const running = await startApp({ platform, options: { allowRequest, drainTimeout: 300 } });
    const server = running.app.getHttpServer() as HttpServer;
    const peer = async (text: string): Promise<TcpSocket> => {
      const accepted = once(server, 'connection') as Promise<[TcpSocket]>;
      const socket = connect(running.port, '127.0.0.1');
      socket.write(text);
      const [end] = await accepted;
      while (end.bytesRead < text.length) await new Promise(setImmediate);
      return socket;
    };
    const open = await (await fetch(running.url + sessionPath('polling'))).text();
    const { sid } = JSON.parse(open.slice(1)) as { sid: string };
    const half = await peer(
      `POST ${sessionPath('polling')}&sid=${sid} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n4half`,
    );
    const undecided = await peer(`GET ${sessionPath('polling')}&undecided=1 HTTP/1.1\r\nHost: a\r\n\r\n`);
    while (!isAsked) await new Promise(setImmediate);
    const answers = [half, undecided].map(async (socket) => String((await once(socket, 'data'))[0]));
    // Without an end of their own, Node gives requests five minutes.
    await running.app.close();
    expect(await answers[0]).toMatch(/^HTTP\/1\.1 400 /);
    expect(await answers[1]).toMatch(/^HTTP\/1\.1 503 /);
    await running.close();
  });

  it('waits for the disconnect hooks', async () => {
    const gate = new Gate();
    const order: string[] = [];
    const entered = new Gate();
    const Gateway = gatewayThat(async () => {
      entered.open();
      await gate.opened;
      order.push('hook');
    });
    const running = await startApp({ platform, providers: [Gateway] });
    const socket = await running.clients.connect();
    const told = next(socket, 'disconnect');
    const closed = running.app.close().then(() => order.push('closed'));
    await entered.opened;
    await told;
    gate.open();
    await closed;
    expect(order).toEqual(['hook', 'closed']);
  });

  it('takes no new clients while it waits for a hook', async () => {
    const gate = new Gate();
    const entered = new Gate();
    const Gateway = gatewayThat(() => {
      entered.open();
      return gate.opened;
    });
    const running = await startApp({ platform, providers: [Gateway] });
    const socket = await running.clients.connect();
    const told = next(socket, 'disconnect');
    const closed = running.app.close();
    await entered.opened;
    await told;
    const polling = await fetch(running.url + sessionPath('polling')).then(
      ({ status }) => status,
      () => 'refused',
    );
    const { tcp, answer } = await upgradeByHand(running, sessionPath('websocket')).catch(() => ({
      tcp: undefined,
      answer: 'refused',
    }));
    tcp?.destroy();
    gate.open();
    await closed;
    expect(polling).not.toBe(200);
    expect(answer).not.toContain('101');
  });

  it('is not held up beyond the drain time by a hook that never ends', async () => {
    const running = await startApp({
      platform,
      providers: [gatewayThat(() => new Promise(() => {}))],
      options: { drainTimeout: 100 },
    });
    await running.clients.connect();
    expect(await duration(running.app.close())).toBeLessThan(3_000);
  });

  it('is not held up beyond the drain time by a client that never answers the closing handshake', async () => {
    const running = await startApp({ platform, providers: [RecordingGateway], options: { drainTimeout: 100 } });
    const { tcp } = await upgradeByHand(running, sessionPath('websocket'));
    tcp.write(webSocketText('40'));
    await once(tcp, 'data');
    const closed = once(tcp, 'close');
    expect(await duration(running.app.close())).toBeLessThan(3_000);
    await closed;
    expect(reasons).toEqual(['server shutting down']);
  });

  it('ends the connection of a client that joined no namespace, too', async () => {
    const running = await startApp({ platform, options: { drainTimeout: 100 } });
    const { tcp } = await upgradeByHand(running, sessionPath('websocket'));
    const { sid } = JSON.parse((await (await fetch(running.url + sessionPath('polling'))).text()).slice(1)) as {
      sid: string;
    };
    const probe = await upgradeByHand(running, sessionPath('websocket', sid));
    const closed = Promise.all([once(tcp, 'close'), once(probe.tcp, 'close')]);
    expect(await duration(running.app.close())).toBeLessThan(3_000);
    await closed;
  });

  it('twice is closing it once', async () => {
    const running = await startApp({ platform, providers: [RecordingGateway] });
    await running.clients.connect();
    await Promise.all([running.app.close(), running.app.close()]);
    await running.app.close();
    expect(reasons).toEqual(['server shutting down']);
    expect(running.logger.errors).toEqual([]);
  });

  it('gives the port back at once, to an application whose clients are served', async () => {
    const first = await startApp({ platform, providers: [RecordingGateway] });
    await first.clients.connect();
    await first.close();
    await using second = await startApp({ platform, providers: [RecordingGateway], port: first.port });
    expect(second.port).toBe(first.port);
    expect(await (await second.clients.connect()).emitWithAck('echo', 1)).toBe(1);
  });

  it('lets a client that reconnects find the application that comes next', async () => {
    const first = await startApp({ platform, providers: [RecordingGateway] });
    const socket = await first.clients.connect('/', { reconnection: true, reconnectionDelay: 10 });
    await first.app.close();
    const back = next(socket, 'connect');
    await using second = await startApp({ platform, providers: [RecordingGateway], port: first.port });
    await back;
    expect(await socket.emitWithAck('echo', 'again')).toBe('again');
    socket.disconnect();
    expect(second.port).toBe(first.port);
  });
});

describe('a signal', () => {
  it('closes the sockets where shutdown hooks are enabled', async () => {
    const running = await startApp({
      providers: [RecordingGateway],
      configure: (app) => app.enableShutdownHooks(['SIGUSR2']),
    });
    const killed = new Gate();
    const kill = jest.spyOn(process, 'kill').mockImplementation(() => {
      killed.open();
      return true;
    });
    // Over polling, a client between two polls is refused instead.
    const socket = await running.clients.connect('/', { transports: ['websocket'] });
    const told = next(socket, 'disconnect');
    process.emit('SIGUSR2', 'SIGUSR2');
    expect((await told)[0]).toBe('transport close');
    await killed.opened;
    expect(kill).toHaveBeenCalledWith(process.pid, 'SIGUSR2');
    expect(reasons).toEqual(['server shutting down']);
    expect(running.app.getHttpServer().listening).toBe(false);
  });
});

describe('the providers that a disconnect hook uses', () => {
  it.each(['the same module', 'an imported module', 'a global module'])(
    'are still there at shutdown: %s',
    async (where) => {
      const seen: unknown[] = [];
      @Injectable()
      class Database implements OnModuleDestroy {
        isOpen = true;
        onModuleDestroy(): void {
          this.isOpen = false;
        }
      }
      @Module({ providers: [Database], exports: [Database] })
      class DatabaseModule {}
      @WebSocketGateway()
      class Gateway {
        constructor(@Inject(Database) private readonly database: Database) {}
        @OnDisconnect()
        async left(): Promise<void> {
          seen.push(this.database.isOpen);
          await new Promise((resolve) => setTimeout(resolve, 20));
          seen.push(this.database.isOpen);
        }
      }
      const running = await startApp(
        where === 'the same module'
          ? { providers: [Database, Gateway] }
          : { imports: [{ module: DatabaseModule, global: where === 'a global module' }], providers: [Gateway] },
      );
      await running.clients.connect();
      await running.app.close();
      expect(seen).toEqual([true, true]);
      expect(running.app.get(Database).isOpen).toBe(false);
    },
  );
});
