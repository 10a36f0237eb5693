import { beforeEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Catch, forwardRef, Inject, Injectable, UseFilters, type ArgumentsHost } from '@nestjs/common';
import {
  BaseWsExceptionFilter,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
  type OnGatewayDisconnect,
} from '@nestjs/websockets';
import { concat, delay, from, of, throwError, type Observable } from 'rxjs';
import { SOCKET_IO_SERVER, type DisconnectReason, type Server, type Socket } from '../../lib/index.js';
import { Clients, next } from '../support/clients.js';
import { freePort } from '../support/cluster-process.js';
import { Gate, startApp, type TestApp } from './support.js';

describe('an untouched gateway and a service that inject each other', () => {
  @Injectable()
  class Rooms {
    // What refers to each other has no type to write down: each class stands before or behind the other.
    constructor(@Inject(forwardRef(() => RoomsGateway)) private readonly gateway: { announce(room: string): void }) {}
    open(room: string): string {
      this.gateway.announce(room);
      return `${room} is open`;
    }
  }

  @WebSocketGateway({ namespace: 'rooms' })
  class RoomsGateway {
    @WebSocketServer() server!: Server;
    constructor(@Inject(forwardRef(() => Rooms)) private readonly rooms: Rooms) {}
    announce(room: string): void {
      this.server.emit('opened', room);
    }
    @SubscribeMessage('open')
    open(_socket: Socket, room: string): string {
      return this.rooms.open(room);
    }
  }

  it('reach each other, and the namespace', async () => {
    await using running = await startApp({ providers: [Rooms, RoomsGateway] });
    const client = await running.clients.connect('/rooms');
    const opened = next(client, 'opened');
    expect(await client.emitWithAck('open', 'lobby')).toBe('lobby is open');
    expect(await opened).toEqual(['lobby']);
  });
});

describe('the namespaces of untouched gateways', () => {
  function gatewayOf(namespace: string | RegExp | undefined, event: string): new () => object {
    @WebSocketGateway(namespace === undefined ? {} : { namespace })
    class Gateway {
      @WebSocketServer() server!: Server;
      @SubscribeMessage(event)
      answer(socket: Socket): string {
        this.server.emit('asked', event);
        return socket.nsp.name;
      }
    }
    return Gateway;
  }

  it.each<[written: string | RegExp | undefined, path: string]>([
    [undefined, '/'],
    ['chat', '/chat'],
    ['/chat', '/chat'],
    [/^\/chat-\d+$/, '/chat-7'],
  ])('are what their decorators say, %p, and are shared where they say the same', async (written, path) => {
    const again = written instanceof RegExp ? new RegExp(written) : written;
    await using running = await startApp({ providers: [gatewayOf(written, 'first'), gatewayOf(again, 'second')] });
    const client = await running.clients.connect(path);
    for (const event of ['first', 'second']) {
      const asked = next(client, 'asked');
      expect(await client.timeout(1_000).emitWithAck(event)).toBe(path);
      expect(await asked).toEqual([event]);
    }
    await expect(running.clients.connect('/other')).rejects.toThrow('Invalid namespace');
  });

  it('do not hear of the events of one another', async () => {
    await using running = await startApp({ providers: [gatewayOf('a', 'in a'), gatewayOf(/^\/b-/, 'in b')] });
    const client = await running.clients.connect('/a');
    await expect(client.timeout(50).emitWithAck('in b')).rejects.toThrow('timed out');
    expect(await client.emitWithAck('in a')).toBe('/a');
  });
});

describe('untouched gateways on several ports', () => {
  function gatewayOn(port: number, path: string): new () => object {
    @WebSocketGateway(port, { path, namespace: 'live' })
    class Gateway {
      @SubscribeMessage('where')
      where(): string {
        return path;
      }
    }
    return Gateway;
  }

  it('are served there and on the port of the application, each with its path', async () => {
    const [first, second] = [await freePort(), await freePort()];
    @WebSocketGateway({ namespace: 'live' })
    class OnTheApplicationsPort {
      @SubscribeMessage('where')
      where(): string {
        return '/socket.io';
      }
    }
    await using running = await startApp({
      providers: [gatewayOn(first, '/first'), gatewayOn(second, '/second'), OnTheApplicationsPort],
    });
    for (const [port, path] of [
      [first, '/first'],
      [second, '/second'],
      [running.port, '/socket.io'],
    ] as const) {
      const clients = new Clients(() => `http://127.0.0.1:${port}`);
      const client = await clients.connect('/live', { path });
      expect(await client.emitWithAck('where')).toBe(path);
      clients.close();
    }
  });
});

describe('the streams of an untouched gateway', () => {
  @WebSocketGateway()
  class Gateway {
    @SubscribeMessage('count')
    count(): Observable<{ event: string; data: number }> {
      return from([1, 2, 3].map((data) => ({ event: 'counted', data }))).pipe(delay(1));
    }
    @SubscribeMessage('only')
    async only(): Promise<Observable<string>> {
      return of('answer');
    }
    @SubscribeMessage('breaking')
    breaking(): Observable<unknown> {
      return concat(
        of({ event: 'counted', data: 1 }),
        throwError(() => new WsException('broken')),
      );
    }
  }

  it('emit what names an event, ack what does not, and tell how they fail', async () => {
    await using running = await startApp({ providers: [Gateway] });
    const client = await running.clients.connect();
    const counted: unknown[] = [];
    client.on('counted', (value) => counted.push(value));
    client.emit('count');
    while (counted.length < 3) await next(client, 'counted');
    expect(counted).toEqual([1, 2, 3]);
    expect(await client.emitWithAck('only')).toBe('answer');
    const exception = next(client, 'exception');
    client.emit('breaking');
    expect(await exception).toMatchObject([{ status: 'error', message: 'broken' }]);
    expect(counted).toEqual([1, 2, 3, 1]);
  });
});

describe('the filters of an untouched gateway', () => {
  @Catch(RangeError)
  class RangeFilter extends BaseWsExceptionFilter {
    override catch(exception: RangeError, host: ArgumentsHost): void {
      super.catch(new WsException({ status: 'error', message: `out of range: ${exception.message}` }), host);
    }
  }
  @Catch()
  class ByHandFilter extends BaseWsExceptionFilter {
    override catch(exception: unknown, host: ArgumentsHost): void {
      const [socket, , ack] = host.getArgs<[Socket, unknown, ((answer: unknown) => void) | undefined]>();
      socket.emit('filtered', String(exception));
      ack?.('filtered');
    }
  }

  @UseFilters(new RangeFilter())
  @WebSocketGateway()
  class Gateway {
    @SubscribeMessage('range')
    range(): never {
      throw new RangeError('7');
    }
    @SubscribeMessage('other')
    other(): never {
      throw new TypeError('secret');
    }
    @UseFilters(ByHandFilter)
    @SubscribeMessage('by hand')
    byHand(): never {
      throw new TypeError('mine');
    }
  }

  it('tell what those that extend BaseWsExceptionFilter say, and the rest as Nest does', async () => {
    await using running = await startApp({ providers: [Gateway] });
    const client = await running.clients.connect();
    for (const [event, message] of [
      ['range', 'out of range: 7'],
      ['other', 'Internal server error'],
    ] as const) {
      const exception = next(client, 'exception');
      client.emit(event);
      expect(await exception).toMatchObject([{ status: 'error', message }]);
    }
    const filtered = next(client, 'filtered');
    expect(await client.emitWithAck('by hand')).toBe('filtered');
    expect(await filtered).toEqual(['TypeError: mine']);
  });
});

describe('a client that leaves an untouched gateway', () => {
  let left: Gate;
  let told: unknown[];
  beforeEach(() => {
    left = new Gate();
    told = [];
  });

  @WebSocketGateway()
  class Gateway implements OnGatewayDisconnect {
    handleDisconnect(socket: Socket, reason?: string): void {
      told.push(socket.id, reason);
      left.open();
    }
  }

  type Client = ReturnType<TestApp['clients']['create']>;

  it.each<[reason: DisconnectReason, leave: (client: Client, server: Server) => unknown]>([
    ['client namespace disconnect', (client) => client.disconnect()],
    ['server namespace disconnect', (_client, server) => server.disconnectSockets()],
    ['transport close', (client) => client.io.engine.close()],
    ['forced close', (client) => client.io.engine.write('what is this?')],
  ])('is told of once, as a %s', async (reason, leave) => {
    await using running = await startApp({ providers: [Gateway] });
    const client = await running.clients.connect('/', { transports: ['websocket'] });
    const { id } = client;
    leave(client, running.app.get(SOCKET_IO_SERVER));
    await left.opened;
    // Nest 11 passes no reason on.
    expect([
      [id, reason],
      [id, undefined],
    ]).toContainEqual(told);
  });
});
