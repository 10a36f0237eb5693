import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import {
  EmitTo,
  JoinRoom,
  LeaveRoom,
  OnConnect,
  PublicNamespace,
  RoomGuard,
  SubscribeAck,
  WebSocketGateway,
  type Socket,
  type SocketIoModuleOptions,
} from '../../lib/index.js';
import { next } from '../support/clients.js';
import { startApp } from './support.js';

const strict: SocketIoModuleOptions = { security: 'strict' };
const compatible: SocketIoModuleOptions = { security: 'compatible' };
const told = { ok: true, data: 'hello' };
const refused = { ok: false, error: { status: 403, message: 'Join the room first' } };

/** What a client is answered that is in `room:own` alone and talks to a room, and what that room hears. */
async function talkTo(
  roomId: string,
  decorators: readonly MethodDecorator[],
  options = strict,
): Promise<{ answer: unknown; heard: unknown[]; calls: number }> {
  let calls = 0;
  @WebSocketGateway({ namespace: '/org/:id' })
  @PublicNamespace()
  class Gateway {
    @OnConnect()
    connected(socket: Socket): unknown {
      return socket.join(socket.handshake.auth['rooms'] as string[]);
    }
    @SubscribeAck('tell')
    tell(): string {
      calls++;
      return 'hello';
    }
    @SubscribeAck('end')
    @EmitTo('hall', 'end', { includeSender: true })
    end(): boolean {
      return true;
    }
  }
  const { prototype } = Gateway;
  for (const decorate of decorators.toReversed()) {
    decorate(prototype, 'tell', Object.getOwnPropertyDescriptor(prototype, 'tell')!);
  }
  await using running = await startApp({ options, providers: [Gateway] });
  const listener = await running.clients.connect('/org/7', { auth: { rooms: ['hall', 'room:own', 'room:other'] } });
  const heard: unknown[] = [];
  listener.on('tell', (value) => heard.push(value));
  const end = next(listener, 'end');
  const client = await running.clients.connect('/org/7', { auth: { rooms: ['room:own'] } });
  const answer: unknown = await client.emitWithAck('tell', { roomId });
  await client.emitWithAck('end');
  await end;
  return { answer, heard, calls };
}

const heard = { answer: told, heard: ['hello'], calls: 1 };
const unheard = { answer: refused, heard: [], calls: 0 };

describe('@EmitTo() with a room that the client names, in the preset strict', () => {
  it('is for members of the room', async () => {
    expect(await talkTo('own', [EmitTo('room:{roomId}')])).toEqual(heard);
  });

  it.each<[string, MethodDecorator[]]>([
    ['nothing else', [EmitTo('room:{roomId}')]],
    ['an event and `includeSender`', [EmitTo('room:{roomId}', { event: 'tell', includeSender: true })]],
    ['{ open: undefined }', [EmitTo('room:{roomId}', { open: undefined } as object)]],
    ['a @RoomGuard() of another room', [RoomGuard('org:{params.id}', () => true), EmitTo('room:{roomId}')]],
    ['a join of another room', [JoinRoom('hall'), EmitTo('room:{roomId}')]],
    ['an open join of another room', [JoinRoom('seat:{roomId}', { open: true }), EmitTo('room:{roomId}')]],
    ['@LeaveRoom()', [LeaveRoom('room:{roomId}'), EmitTo('room:{roomId}')]],
  ])('refuses others with 403 before the method is called, with %s', async (_what, decorators) => {
    expect(await talkTo('other', decorators)).toEqual(unheard);
  });

  it('lets a member say good-bye with @LeaveRoom()', async () => {
    expect(await talkTo('own', [LeaveRoom('room:{roomId}'), EmitTo('room:{roomId}')])).toEqual(heard);
  });

  it.each<[string, MethodDecorator[]]>([
    ['{ open: true }', [EmitTo('room:{roomId}', { open: true })]],
    ['an event and { open: true }', [EmitTo('room:{roomId}', 'tell', { open: true })]],
    ['a policy that sees the value', [RoomGuard('seat:{roomId}', () => true), EmitTo('room:{roomId}')]],
    ['a join of that room by a policy', [JoinRoom('room:{roomId}', () => true), EmitTo('room:{roomId}')]],
    ['an open join of that room', [JoinRoom('room:{roomId}', { open: true }), EmitTo('room:{roomId}')]],
    ['the join below it', [EmitTo('room:{roomId}'), JoinRoom('room:{roomId}', { open: true })]],
  ])('is for others too with %s', async (_what, decorators) => {
    expect(await talkTo('other', decorators)).toEqual(heard);
  });
});

describe('@EmitTo()', () => {
  it.each(['room:other', 'room:{params.id}'])('is for everybody where the server names the room: %s', async (room) => {
    expect((await talkTo('', [EmitTo(room)])).answer).toEqual(told);
  });

  it('is for everybody in the preset compatible', async () => {
    expect(await talkTo('other', [EmitTo('room:{roomId}')], compatible)).toEqual(heard);
  });

  it.each([strict, compatible])('is for members of any room with { open: false }, with %p', async (options) => {
    expect(await talkTo('', [EmitTo('room:other', { open: false })], options)).toEqual(unheard);
    expect(await talkTo('', [EmitTo('room:own', { open: false })], options)).toEqual(heard);
  });
});
