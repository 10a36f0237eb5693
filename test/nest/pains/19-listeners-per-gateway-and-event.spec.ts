import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { SubscribeMessage as NestMessage, WebSocketGateway as NestGateway } from '@nestjs/websockets';
import { OnDisconnect, SOCKET_IO_SERVER, SubscribeMessage, WebSocketGateway, type Server } from '../../../lib/index.js';
import { startApp, type TestApp } from '../support.js';

const count = 30;
type Listened = Pick<Server['sockets'], 'eventNames' | 'listenerCount' | 'getMaxListeners'>;

function listenersOf(emitter: Listened): Record<string, number> {
  return Object.fromEntries(emitter.eventNames().map((name) => [name, emitter.listenerCount(name as string)]));
}

/** The events for which Node would warn of a leak. */
function suspicious(emitter: Listened): string[] {
  const limit = emitter.getMaxListeners();
  return Object.entries(listenersOf(emitter)).flatMap(([name, listeners]) => (listeners > limit ? [name] : []));
}

function ownGateway(index: number): new () => object {
  @WebSocketGateway()
  class Gateway {
    @SubscribeMessage('shared')
    shared(): void {}
    @SubscribeMessage(`own ${index}`)
    own(): number {
      return index;
    }
    @OnDisconnect()
    left(): void {}
  }
  return Gateway;
}

function untouchedGateway(): new () => object {
  @NestGateway({ namespace: 'untouched' })
  class Gateway {
    @NestMessage('shared')
    shared(): void {}
    @NestMessage('asked')
    asked(): string {
      return 'answered';
    }
    handleDisconnect(): void {}
  }
  return Gateway;
}

function gateways(made: number, make: (index: number) => new () => object): (new () => object)[] {
  return Array.from({ length: made }, (_, index) => make(index));
}

function namespaceOf({ app }: TestApp, name: string): Server['sockets'] {
  return app.get<Server>(SOCKET_IO_SERVER).of(name);
}

describe('sockets have a listener for each gateway and event (nestjs/nest#6026, nestjs/nest#7249, nestjs/nest#7287)', () => {
  it('have none for events, and one for all hooks, however many gateways there are', async () => {
    const seen = [];
    for (const made of [1, count]) {
      await using running = await startApp({ providers: gateways(made, ownGateway) });
      const client = await running.clients.connect();
      expect(await client.emitWithAck(`own ${made - 1}`)).toBe(made - 1);
      const namespace = namespaceOf(running, '/');
      const socket = namespace.sockets.get(client.id!)!;
      expect(listenersOf(socket)).toEqual({ disconnect: 1 });
      seen.push(listenersOf(namespace));
    }
    expect(seen[1]).toEqual(seen[0]);
  });

  it('have those that Nest adds for gateways of its own, and no warning of a leak', async () => {
    await using running = await startApp({ providers: gateways(count, untouchedGateway) });
    const client = await running.clients.connect('/untouched');
    expect(await client.emitWithAck('asked')).toBe('answered');
    const namespace = namespaceOf(running, '/untouched');
    const socket = namespace.sockets.get(client.id!)!;
    expect(listenersOf(socket)['shared']).toBe(count);
    expect(suspicious(socket)).toEqual([]);
    expect(suspicious(namespace)).toEqual([]);
  });
});
