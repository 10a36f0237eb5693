import { Injectable, Scope } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import {
  ConnectedSocket,
  JoinRoom,
  MessageBody,
  OnPresence,
  Presence,
  SubscribeAck,
  SubscribeMessage,
  WebSocketGateway,
  type Socket,
  type SocketIoModuleOptions,
} from '../../lib/index.js';
import type { PresenceConnection, PresenceMember } from '../../lib/presence/index.js';
import { createBus } from '../docs/bus-adapter.js';
import { next } from '../support/clients.js';
import { until } from '../support/waiting.js';
import { bootError, startApp, type TestApp } from './support.js';

interface Person {
  readonly name: string;
}

@WebSocketGateway({ namespace: '/chat' })
class ChatGateway {
  readonly told: unknown[][] = [];
  constructor(readonly presence: Presence<Person>) {}

  @SubscribeAck('join')
  @JoinRoom('room:{room}', { open: true })
  join(@ConnectedSocket() socket: Socket, @MessageBody() { room, name }: { room: string; name: string }): void {
    void this.presence.enter(socket, `room:${room}`, { name });
  }

  @SubscribeAck('rename')
  rename(@ConnectedSocket() socket: Socket, @MessageBody() { room, name }: { room: string; name: string }): boolean {
    return this.presence.update(socket, `room:${room}`, { name });
  }

  @SubscribeAck('hide')
  hide(@ConnectedSocket() socket: Socket, @MessageBody() { room }: { room: string }): boolean {
    return this.presence.leave(socket, `room:${room}`);
  }

  @SubscribeAck('members')
  members(@MessageBody() { room }: { room: string }): PresenceMember<Person>[] {
    return this.presence.of<Person>('/chat').list(`room:${room}`);
  }

  @OnPresence('join', 'room:{room}')
  joined(room: string, { key }: PresenceMember<Person>, { metadata }: PresenceConnection<Person>): void {
    this.told.push(['join', room, key, metadata]);
  }

  @OnPresence('update')
  updated(room: string, { key }: PresenceMember<Person>, { metadata }: PresenceConnection<Person>): void {
    this.told.push(['update', room, key, metadata]);
  }

  @OnPresence('leave', 'room:{room}')
  left(room: string, { key }: PresenceMember<Person>, reason: string): void {
    this.told.push(['leave', room, key, reason]);
  }
}

@WebSocketGateway()
class MainGateway {
  constructor(readonly presence: Presence) {}

  @SubscribeMessage('enter')
  enter(@ConnectedSocket() socket: Socket, @MessageBody() room: string): void {
    void socket.join(room);
  }
}

const start = (options: SocketIoModuleOptions = {}): Promise<TestApp> =>
  startApp({ options, providers: [ChatGateway, MainGateway] });
const gatewayOf = ({ app }: TestApp): ChatGateway => app.get(ChatGateway);

describe('Presence of the module', () => {
  it('has members in the namespace of their sockets, and tells gateways of them', async () => {
    await using app = await start();
    const client = await app.clients.connect('/chat');
    const key = client.id!;
    await client.emitWithAck('join', { room: '1', name: 'Ada' });
    expect(await client.emitWithAck('members', { room: '1' })).toMatchObject({
      data: [{ key, connections: [{ id: key, metadata: { name: 'Ada' } }] }],
    });
    expect(await client.emitWithAck('rename', { room: '1', name: 'Ada L.' })).toEqual({ ok: true, data: true });
    expect(await client.emitWithAck('hide', { room: '1' })).toEqual({ ok: true, data: true });
    expect(gatewayOf(app).told).toEqual([
      ['join', 'room:1', key, { name: 'Ada' }],
      ['update', 'room:1', key, { name: 'Ada L.' }],
      ['leave', 'room:1', key, 'left'],
    ]);
  });

  it('tells a method of the rooms of its template alone', async () => {
    await using app = await start({ presence: { rooms: () => true } });
    const client = await app.clients.connect('/chat');
    await client.emitWithAck('join', { room: '1', name: 'Ada' });
    // The room of its own is a room too, and no `room:{room}`.
    expect(gatewayOf(app).presence.of('/chat').count(client.id!)).toBe(1);
    expect(gatewayOf(app).told).toEqual([['join', 'room:1', client.id, { name: 'Ada' }]]);
  });

  it('is about the main namespace by itself', async () => {
    await using app = await start({ presence: { rooms: 'room:{id}' } });
    const { presence } = app.app.get(MainGateway);
    const joined: string[] = [];
    const listener = (room: string): unknown => joined.push(room);
    presence.on('join', listener);
    const client = await app.clients.connect();
    client.emit('enter', 'room:1');
    await until(() => presence.count('room:1') === 1);
    expect([presence.has('room:1', client.id!), presence.has('room:1', 'nobody')]).toEqual([true, false]);
    expect(presence.get('room:1', client.id!)).toBe(presence.list('room:1')[0]);
    presence.off('join', listener);
    client.emit('enter', 'room:2');
    await until(() => presence.count('room:2') === 1);
    expect(joined).toEqual(['room:1']);
  });

  it('has options of single namespaces, which count more', async () => {
    await using app = await start({
      presence: { rooms: 'room:{id}', key: () => 'everyone', namespaces: { chat: { key: () => 'chatting' } } },
    });
    const [main, chat] = [await app.clients.connect(), await app.clients.connect('/chat')];
    main.emit('enter', 'room:1');
    await chat.emitWithAck('join', { room: '1', name: 'Ada' });
    const { presence } = gatewayOf(app);
    await until(() => presence.count('room:1') === 1);
    expect(presence.has('room:1', 'everyone')).toBe(true);
    expect(presence.of('/chat').has('room:1', 'chatting')).toBe(true);
  });

  it('knows in a namespace of a pattern who is there', async () => {
    @WebSocketGateway({ namespace: '/org/:id' })
    class OrgGateway {
      constructor(readonly presence: Presence) {}
      @SubscribeAck('enter')
      enter(@ConnectedSocket() socket: Socket): number {
        void socket.join('room:1');
        return this.presence.of(socket.nsp.name).count('room:1');
      }
    }
    await using app = await startApp({ options: { presence: { rooms: 'room:{id}' } }, providers: [OrgGateway] });
    const client = await app.clients.connect('/org/7');
    expect(await client.emitWithAck('enter')).toEqual({ ok: true, data: 1 });
    expect(app.app.get(OrgGateway).presence.of('/org/8').count('room:1')).toBe(0);
  });

  it('knows on every node who is there from the start on, and says goodbye when the application is closed', async () => {
    const adapter = createBus();
    const options = { adapter, presence: {} };
    await using one = await start(options);
    const other = await start(options);
    const client = await other.clients.connect('/chat');
    const key = client.id!;
    await client.emitWithAck('join', { room: '1', name: 'Ada' });
    await until(() => gatewayOf(one).told.length === 1);
    await using late = await start(options);
    await until(() => gatewayOf(late).told.length === 1);
    const gone = next(client, 'disconnect');
    await other.close();
    await gone;
    await until(() => gatewayOf(one).told.length === 2 && gatewayOf(late).told.length === 2);
    const all = [
      ['join', 'room:1', key, { name: 'Ada' }],
      ['leave', 'room:1', key, 'disconnected'],
    ];
    expect([gatewayOf(one).told, gatewayOf(late).told]).toEqual([all, all]);
  });

  it('logs what a method throws', async () => {
    @WebSocketGateway()
    class FailingGateway {
      @OnPresence('join')
      joined(): never {
        throw new Error('of the method');
      }
    }
    await using app = await startApp({
      options: { presence: { rooms: 'room:{id}' } },
      providers: [FailingGateway, MainGateway],
    });
    const client = await app.clients.connect();
    client.emit('enter', 'room:1');
    await until(() => app.logger.errors.length === 1);
    expect(String(app.logger.errors[0]![0])).toContain('presence.join');
    expect(String(app.logger.errors[0]![0])).toContain('of the method');
    expect(client.connected).toBe(true);
  });

  it('keeps an application from starting whose options or decorators cannot work', async () => {
    @WebSocketGateway()
    class WrongRoom {
      @OnPresence('join', 'room{id}')
      joined(): void {}
    }
    @WebSocketGateway()
    class WrongEvent {
      @OnPresence('arrive' as never)
      joined(): void {}
    }
    @WebSocketGateway({ namespace: '/org/:id' })
    class WrongNamespace {
      @OnPresence('join')
      joined(): void {}
    }
    @Injectable({ scope: Scope.REQUEST })
    @WebSocketGateway()
    class WrongScope {
      @OnPresence('join')
      joined(): void {}
    }
    for (const gateway of [WrongRoom, WrongEvent, WrongNamespace, WrongScope]) {
      const error = await bootError({ providers: [gateway] });
      expect(error).toMatchObject({
        code: 'INVALID_GATEWAY',
        message: expect.stringContaining(`${gateway.name}.joined()`),
      });
    }
    expect(await bootError({ options: { presence: { leaveDelay: -1 } } })).toMatchObject({ code: 'INVALID_OPTION' });
  });
});
