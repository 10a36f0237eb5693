import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import {
  OnConnect,
  OnDisconnect,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type OnGatewayInit,
  type Socket,
} from '../../lib/index.js';
import type { DisconnectReason, Namespace } from '../../lib/server/index.js';
import { next } from '../support/clients.js';
import { bootError, disconnectedWithout, Gate, startApp } from './support.js';

@WebSocketGateway({ namespace: '/witness' })
class WitnessGateway {
  @SubscribeMessage('ping')
  ping(): string {
    return 'pong';
  }
}

/** A gateway whose connect hook does what it is told. */
function gatewayWith(hook: (socket: Socket) => unknown): { Gateway: new () => object; handled: unknown[] } {
  const handled: unknown[] = [];
  @WebSocketGateway()
  class Gateway implements OnGatewayConnection {
    handleConnection(socket: Socket): unknown {
      return hook(socket);
    }
    @SubscribeMessage('event')
    event(_socket: Socket, body: unknown): unknown {
      handled.push(body);
      return body;
    }
  }
  return { Gateway, handled };
}

const refusing: [how: string, hook: (error: unknown) => unknown][] = [
  [
    'throws',
    (error) => {
      throw error;
    },
  ],
  ['rejects', (error) => Promise.reject(error)],
];

describe('a connect hook', () => {
  it.each(['handleConnection', '@OnConnect'])('is waited for before the first event is handled: %s', async (kind) => {
    const gate = new Gate();
    const order: unknown[] = [];
    const hook = async (): Promise<void> => {
      order.push('connecting');
      await gate.opened;
      order.push('connected');
    };
    class Handlers {
      @SubscribeMessage('event')
      event(_socket: Socket, body: unknown): unknown {
        order.push(body);
        return body;
      }
    }
    @WebSocketGateway()
    class ByInterface extends Handlers implements OnGatewayConnection {
      handleConnection(): Promise<void> {
        return hook();
      }
    }
    @WebSocketGateway()
    class ByDecorator extends Handlers {
      @OnConnect()
      welcome(): Promise<void> {
        return hook();
      }
    }
    await using running = await startApp({
      providers: [kind === '@OnConnect' ? ByDecorator : ByInterface, WitnessGateway],
    });
    const socket = await running.clients.connect();
    const answers = [1, 2, 3].map((body) => socket.emitWithAck('event', body));
    // On the same connection, and so behind the events.
    expect(await socket.io.socket('/witness').emitWithAck('ping')).toBe('pong');
    expect(order).toEqual(['connecting']);
    gate.open();
    expect(await Promise.all(answers)).toEqual([1, 2, 3]);
    expect(order).toEqual(['connecting', 'connected', 1, 2, 3]);
  });

  it('is called before the next one, and both before the first event', async () => {
    const order: string[] = [];
    @WebSocketGateway()
    class First implements OnGatewayConnection {
      async handleConnection(): Promise<void> {
        await new Promise(setImmediate);
        order.push('interface');
      }
      @OnConnect()
      async welcome(): Promise<void> {
        await new Promise(setImmediate);
        order.push('decorator');
      }
    }
    @WebSocketGateway()
    class Second {
      @OnConnect()
      welcome(): void {
        order.push('second gateway');
      }
      @SubscribeMessage('event')
      event(): string[] {
        return order;
      }
    }
    await using running = await startApp({ providers: [First, Second] });
    const socket = await running.clients.connect();
    expect(await socket.emitWithAck('event')).toEqual(['interface', 'decorator', 'second gateway']);
  });

  it('that is decorated and named by the interface is called once', async () => {
    let calls = 0;
    @WebSocketGateway()
    class Gateway implements OnGatewayConnection {
      @OnConnect()
      handleConnection(): void {
        calls++;
      }
      @SubscribeMessage('calls')
      calls(): number {
        return calls;
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    expect(await (await running.clients.connect()).emitWithAck('calls')).toBe(1);
  });

  it.each(refusing)('that %s disconnects the client, and is logged once', async (_how, refuse) => {
    let isRefusing = true;
    const { Gateway, handled } = gatewayWith(() => (isRefusing ? refuse(new Error('secret')) : undefined));
    await using running = await startApp({ providers: [Gateway] });
    const socket = running.clients.create();
    const exception = next(socket, 'exception');
    const disconnected = next(socket, 'disconnect');
    socket.once('connect', () => socket.emit('event', 'too early'));
    expect(await exception).toEqual([{ status: 500, message: 'Internal server error', event: 'connection' }]);
    expect((await disconnected)[0]).toBe('io server disconnect');
    expect(running.logger.errors).toHaveLength(1);
    expect(String(running.logger.errors[0]![0])).toContain('"connection" failed: secret');
    isRefusing = false;
    const other = await running.clients.connect();
    expect(await other.emitWithAck('event', 'in time')).toBe('in time');
    expect(handled).toEqual(['in time']);
  });

  it.each(refusing)('that %s a WsException tells it, and is not logged', async (_how, refuse) => {
    const { Gateway } = gatewayWith(() => refuse(new WsException({ status: 401, message: 'Who are you?' })));
    await using running = await startApp({ providers: [Gateway] });
    const socket = running.clients.create();
    const disconnected = next(socket, 'disconnect');
    expect(await next(socket, 'exception')).toEqual([{ status: 401, message: 'Who are you?', event: 'connection' }]);
    await disconnected;
    expect(running.logger.errors).toEqual([]);
  });

  it('that refuses with what cannot be sent disconnects the client all the same', async () => {
    const { Gateway } = gatewayWith(() => {
      throw new WsException({ message: 'No', details: 1n });
    });
    await using running = await startApp({ providers: [Gateway] });
    const socket = running.clients.create();
    const exception = next(socket, 'exception');
    await disconnectedWithout(socket, 'event');
    expect(await exception).toEqual([{ status: 500, message: 'Internal server error', event: 'connection' }]);
  });

  it('that never ends holds up nobody else', async () => {
    let connections = 0;
    const { Gateway } = gatewayWith(() => (connections++ === 0 ? new Promise(() => {}) : undefined));
    await using running = await startApp({ providers: [Gateway] });
    await running.clients.connect();
    expect(await (await running.clients.connect()).emitWithAck('event', 1)).toBe(1);
  });

  it('that disconnects the client leaves its events unhandled', async () => {
    const { Gateway, handled } = gatewayWith(async (socket) => {
      await new Promise(setImmediate);
      socket.disconnect();
    });
    await using running = await startApp({ providers: [Gateway] });
    const socket = running.clients.create();
    socket.once('connect', () => socket.emit('event', 1));
    expect((await next(socket, 'disconnect'))[0]).toBe('io server disconnect');
    expect(handled).toEqual([]);
  });
});

describe('a disconnect hook', () => {
  const endings: [how: string, end: (client: Socket, server: Socket) => void, reason: string][] = [
    ['the client leaves', (client) => client.disconnect(), 'client namespace disconnect'],
    ['the server disconnects it', (_client, server) => server.disconnect(), 'server namespace disconnect'],
    ['its connection closes', (client) => (client as never as RealClient).io.engine.close(), 'transport close'],
  ];
  interface RealClient {
    io: { engine: { close(): void } };
  }

  it.each(endings)('gets the socket and the reason when %s', async (_how, end, reason) => {
    const seen: unknown[] = [];
    const gone = new Gate();
    let serverSocket!: Socket;
    @WebSocketGateway()
    class Gateway implements OnGatewayConnection, OnGatewayDisconnect {
      handleConnection(socket: Socket): void {
        serverSocket = socket;
      }
      handleDisconnect(socket: Socket, why: DisconnectReason): void {
        seen.push(['interface', socket === serverSocket, why]);
      }
      @OnDisconnect()
      goodbye(socket: Socket, why: DisconnectReason): void {
        seen.push(['decorator', socket === serverSocket, why]);
        gone.open();
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    const client = await running.clients.connect('/', { transports: ['websocket'] });
    end(client as never, serverSocket);
    await gone.opened;
    expect(seen).toEqual([
      ['interface', true, reason],
      ['decorator', true, reason],
    ]);
  });

  it('that fails is logged once, and the next one is called', async () => {
    const gone = new Gate();
    @WebSocketGateway()
    class Gateway implements OnGatewayDisconnect {
      handleDisconnect(): void {
        throw new Error('thrown');
      }
      @OnDisconnect()
      async rejecting(): Promise<void> {
        throw new Error('rejected');
      }
      @OnDisconnect()
      last(): void {
        gone.open();
      }
    }
    const running = await startApp({ providers: [Gateway] });
    (await running.clients.connect()).disconnect();
    await gone.opened;
    await running.close();
    expect(running.logger.errors.map(([line]) => line)).toEqual([
      '"disconnect" failed: thrown',
      '"disconnect" failed: rejected',
    ]);
  });
});

describe('afterInit', () => {
  it('gets the namespace, which properties hold already, before any client comes', async () => {
    const order: unknown[] = [];
    @WebSocketGateway({ namespace: '/room' })
    class Gateway implements OnGatewayInit, OnGatewayConnection {
      @WebSocketServer() server!: Namespace;
      afterInit(namespace: Namespace): void {
        order.push(namespace.name, this.server === namespace);
      }
      handleConnection(): void {
        order.push('connected');
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    await running.clients.connect('/room');
    expect(order).toEqual(['/room', true, 'connected']);
  });

  it('is waited for before any client comes', async () => {
    const order: string[] = [];
    @WebSocketGateway()
    class Gateway implements OnGatewayInit {
      async afterInit(): Promise<void> {
        await new Promise(setImmediate);
        order.push('ready');
      }
      @OnConnect()
      welcome(): void {
        order.push('connected');
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    await running.clients.connect();
    expect(order).toEqual(['ready', 'connected']);
  });

  it.each(refusing)('that %s keeps the application from starting', async (_how, fail) => {
    @WebSocketGateway()
    class Gateway implements OnGatewayInit {
      afterInit(): unknown {
        return fail(new Error('not ready'));
      }
    }
    expect(await bootError({ providers: [Gateway] })).toMatchObject({ message: 'not ready' });
  });
});
