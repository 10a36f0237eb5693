import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket as TcpSocket } from 'node:net';
import { pipeline } from 'node:stream';
import {
  ConnectedSocket,
  EmitTo,
  JoinRoom,
  MessageBody,
  OnConnect,
  PublicNamespace,
  RoomGuard,
  SocketIoModule,
  SOCKET_IO_SERVER,
  SubscribeAck,
  SubscribeMessage,
  WebSocketGateway,
  type Server,
  type Socket,
  type SocketIoModuleOptions,
} from '../../lib/index.js';
import { Clients, next, transportLists } from '../support/clients.js';
import { startApp, type TestApp } from './support.js';

const roomIds = Array.from({ length: 50 }, (_, index) => `r${index}`);

@WebSocketGateway()
@PublicNamespace()
class GameGateway {
  readonly moves: number[] = [];

  @OnConnect()
  connected(socket: Socket): unknown {
    return socket.join(roomIds.map((id) => `room:${id}`));
  }
  @SubscribeAck('move')
  move(@MessageBody('n') n: number): number {
    return this.moves.push(n);
  }
  @SubscribeMessage('aim')
  aim(@MessageBody('n') n: number): void {
    this.moves.push(n);
  }
  @SubscribeAck('say')
  @RoomGuard('room:{roomId}')
  @EmitTo('room:{roomId}', 'said')
  say(@MessageBody('text') text: string): string {
    return text;
  }
  @SubscribeAck('watch')
  @JoinRoom('watched:{id}', { open: true })
  watch(): boolean {
    return true;
  }
  @SubscribeAck('size')
  size(@MessageBody() upload: string | Buffer): number {
    return upload.length;
  }
  @SubscribeAck('rooms')
  rooms(@ConnectedSocket() { rooms }: Socket): number {
    return rooms.size;
  }
}

@WebSocketGateway({ namespace: '/table/:id' })
@PublicNamespace()
class TableGateway {
  @SubscribeAck('ping')
  ping(): string {
    return 'pong';
  }
}

/** An application that says nothing but who may enter. */
function start(options?: SocketIoModuleOptions): Promise<TestApp> {
  return startApp({ socketIo: SocketIoModule.forRoot(options), providers: [GameGateway, TableGateway] });
}

function serverOf({ app }: TestApp): Server {
  return app.get<Server>(SOCKET_IO_SERVER);
}

/** Which limits have been reached. */
function reached(running: TestApp): string[] {
  return [...serverOf(running).engine.limits.counts].filter(([, count]) => count > 0).map(([limit]) => limit);
}

function movesOf({ app }: TestApp): number[] {
  return app.get(GameGateway).moves;
}

const counted = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe.each(transportLists)('with the defaults, a usual client over %s', (_name, transports) => {
  it('brings 300 events of 1 kB with it when it comes back, and all are handled once, in order', async () => {
    await using running = await start();
    const client = await running.clients.connect('/', { transports, reconnection: true, reconnectionDelay: 1 });
    const left = next(client, 'disconnect');
    client.io.engine.close();
    await left;
    const text = 'x'.repeat(1_000);
    const answers = await Promise.all(counted(300).map((n) => client.emitWithAck('move', { n, text })));
    expect(answers).toHaveLength(300);
    expect(movesOf(running)).toEqual(counted(300));
    expect(reached(running)).toEqual([]);
  });

  it('comes back ten times in a row with its ten namespaces', async () => {
    await using running = await start();
    const client = await running.clients.connect('/', { transports, reconnection: true, reconnectionDelay: 1 });
    const tables = counted(10).map((id) => client.io.socket(`/table/${id}`));
    const pongs = (): Promise<unknown[]> => Promise.all(tables.map((table) => table.emitWithAck('ping')));
    const all = Array(10).fill({ ok: true, data: 'pong' });
    try {
      expect(await pongs()).toEqual(all);
      for (let round = 0; round < 10; round++) {
        const left = Promise.all(tables.map((table) => next(table, 'disconnect')));
        client.io.engine.close();
        await left;
        expect(await pongs()).toEqual(all);
      }
    } finally {
      for (const table of tables) table.disconnect();
    }
    expect(reached(running)).toEqual([]);
  });

  it('tells 600 events at once, ten seconds of 60 each', async () => {
    await using running = await start();
    const client = await running.clients.connect('/', { transports });
    for (const n of counted(600)) client.emit('aim', { n });
    await client.emitWithAck('rooms');
    expect(movesOf(running)).toEqual(counted(600));
    expect(reached(running)).toEqual([]);
  });

  it('uploads 200 kB in one event', async () => {
    await using running = await start();
    const client = await running.clients.connect('/', { transports });
    expect(await client.emitWithAck('size', 'x'.repeat(200_000))).toEqual({ ok: true, data: 200_000 });
    expect(reached(running)).toEqual([]);
  });

  it('is in 50 rooms from the start, talks in them, and joins 50 more at once', async () => {
    await using running = await start();
    const [client, other] = [await running.clients.connect('/', { transports }), await running.clients.connect()];
    expect(await client.emitWithAck('rooms')).toEqual({ ok: true, data: 51 });
    let heard = 0;
    const all = new Promise<void>((resolve) => {
      other.on('said', () => ++heard === roomIds.length && resolve());
    });
    await Promise.all(roomIds.map((roomId) => client.emitWithAck('say', { roomId, text: 'hello' })));
    await all;
    const joined: unknown[] = await Promise.all(roomIds.map((id) => client.emitWithAck('watch', { id })));
    expect(joined).toEqual(Array(50).fill({ ok: true, data: true }));
    expect(await client.emitWithAck('rooms')).toEqual({ ok: true, data: 101 });
    expect(reached(running)).toEqual([]);
  });
});

describe('with the defaults, a client over WebSocket', () => {
  it('uploads 200 kB of bytes in one event', async () => {
    await using running = await start();
    const client = await running.clients.connect('/', { transports: ['websocket'] });
    expect(await client.emitWithAck('size', Buffer.alloc(200_000))).toEqual({ ok: true, data: 200_000 });
  });
});

/** A proxy that hands on what a browser has sent to it, the `Host` included. */
async function startProxy(port: number): Promise<AsyncDisposable & { readonly host: string }> {
  const sockets = new Set<TcpSocket>();
  const handOn = ({ method, url, headers }: IncomingMessage): ReturnType<typeof forward> =>
    forward({ host: '127.0.0.1', port, method, path: url, headers, agent: false });
  const proxy = createServer((request, response) => {
    const further = handOn(request);
    further.on('error', () => response.destroy());
    further.on('response', (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    request.pipe(further);
  });
  proxy.on('connection', (socket) => sockets.add(socket));
  proxy.on('upgrade', (request: IncomingMessage, client: TcpSocket) => {
    const further = handOn(request);
    further.on('error', () => client.destroy());
    further.on('response', ({ statusCode }) => client.end(`HTTP/1.1 ${statusCode} Refused\r\n\r\n`));
    further.on('upgrade', ({ rawHeaders }, server, head) => {
      const lines = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? `${name}: ${rawHeaders[index + 1]}` : []));
      client.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
      client.write(head);
      // Either end is the end of both.
      pipeline(client, server, client, () => {});
    });
    further.end();
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    host: `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

describe.each(transportLists)('a page over %s', (_name, transports) => {
  it.each(['http', 'https'])('of the same origin, %s, works behind a proxy that keeps `Host`', async (scheme) => {
    await using running = await start();
    await using proxy = await startProxy(running.port);
    const clients = new Clients(() => `http://${proxy.host}`);
    try {
      const extraHeaders = { origin: `${scheme}://${proxy.host}` };
      const client = await clients.connect('/', { transports, extraHeaders });
      expect(await client.emitWithAck('move', { n: 1 })).toEqual({ ok: true, data: 1 });
      expect(running.logger.warnings).toEqual([]);
    } finally {
      clients.close();
    }
  });

  const page = 'http://localhost:5173';

  it('of a development server works where `cors` names it', async () => {
    await using running = await start({ cors: { origin: page } });
    const client = await running.clients.connect('/', { transports, extraHeaders: { origin: page } });
    expect(await client.emitWithAck('move', { n: 1 })).toEqual({ ok: true, data: 1 });
    expect(running.logger.warnings).toEqual([]);
  });

  it('of a development server is refused where nobody names it, and the log says what to set', async () => {
    await using running = await start();
    const client = running.clients.create('/', { transports, extraHeaders: { origin: page } });
    await next(client, 'connect_error');
    expect(client.connected).toBe(false);
    const lines = running.logger.warnings.map(([line]) => String(line));
    expect(lines).toEqual([expect.stringMatching(/"http:\/\/localhost:5173".*set cors\.origin/)]);
  });
});
