import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import {
  ConnectedSocket,
  EmitTo,
  JoinRoom,
  LeaveRoom,
  MessageBody,
  OnConnect,
  OnDisconnect,
  Room,
  RoomGuard,
  SocketData,
  SubscribeAck,
  WebSocketGateway,
  type Socket,
} from '../../../lib/index.js';
import { next } from '../../support/clients.js';
import { Gate, startApp } from '../support.js';

const log: string[] = [];
let left: Gate;

@WebSocketGateway()
class ChatGateway {
  @OnConnect()
  greet(@ConnectedSocket() socket: Socket): void {
    socket.data = { name: String(socket.handshake.auth['name']) };
    log.push(`${socket.data.name} came`);
  }
  @OnDisconnect()
  bye(socket: Socket): void {
    log.push(`${(socket.data as { name: string }).name} left`);
    left.open();
  }
  @SubscribeAck('enter')
  @JoinRoom('room:{id}', { open: true })
  enter(@Room() room: string): string {
    return room;
  }
  @SubscribeAck('leave')
  @LeaveRoom('room:{id}')
  leave(): void {}
  @SubscribeAck('say')
  @RoomGuard('room:{id}')
  @EmitTo('room:{id}', 'said')
  say(@MessageBody('text') text: string, @SocketData('name') name: string): string {
    return `${name}: ${text}`;
  }
}

describe('connections and rooms have no decorators (nestjs/nest#1409, nestjs/nest#5186, nestjs/nest#6283)', () => {
  it('have them: a chat without a line about sockets', async () => {
    log.length = 0;
    left = new Gate();
    await using running = await startApp({ providers: [ChatGateway] });
    const ann = await running.clients.connect('/', { auth: { name: 'ann' } });
    const bob = await running.clients.connect('/', { auth: { name: 'bob' } });
    const room = { id: 'tea' };
    expect(await ann.emitWithAck('say', { ...room, text: 'hello' })).toMatchObject({
      ok: false,
      error: { status: 403 },
    });
    for (const client of [ann, bob]) {
      expect(await client.emitWithAck('enter', room)).toEqual({ ok: true, data: 'room:tea' });
    }
    const said = next(bob, 'said');
    expect(await ann.emitWithAck('say', { ...room, text: 'hello' })).toEqual({ ok: true, data: 'ann: hello' });
    expect(await said).toEqual(['ann: hello']);
    await ann.emitWithAck('leave', room);
    expect(await ann.emitWithAck('say', { ...room, text: 'me again' })).toMatchObject({ error: { status: 403 } });
    ann.disconnect();
    await left.opened;
    expect(log).toEqual(['ann came', 'bob came', 'ann left']);
  });
});
