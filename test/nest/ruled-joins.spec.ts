import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import {
  JoinRoom,
  PublicNamespace,
  RoomGuard,
  SubscribeAck,
  WebSocketGateway,
  type JoinRoomOptions,
  type SocketIoModuleOptions,
} from '../../lib/index.js';
import { bootError, startApp } from './support.js';

/** A gateway whose handler has these decorators. */
function gatewayWith(...decorators: MethodDecorator[]): Type {
  @WebSocketGateway({ namespace: '/org/:id' })
  @PublicNamespace()
  class RoomGateway {
    @SubscribeAck('enter')
    enter(): string {
      return 'entered';
    }
  }
  const { prototype } = RoomGateway;
  for (const decorate of decorators) decorate(prototype, 'enter', Object.getOwnPropertyDescriptor(prototype, 'enter')!);
  return RoomGateway;
}

async function answerOf(
  provider: Type,
  options: SocketIoModuleOptions = { security: 'strict' },
  message: object = { roomId: '42' },
): Promise<unknown> {
  await using running = await startApp({ options, providers: [provider] });
  const client = await running.clients.connect('/org/7');
  return (await client.emitWithAck('enter', message)) as unknown;
}

const entered = { ok: true, data: 'entered' };

describe('a room that is named by the client, in the preset strict', () => {
  it.each(['room:{roomId}', 'room:{message.roomId}', 'room:{args.1}', 'org:{params.id}/room:{roomId}'])(
    'keeps the application from starting where nothing says who may join, as %s',
    async (template) => {
      const provider = gatewayWith(JoinRoom(template));
      const ways = /a policy as the second argument.*@RoomGuard\(\).*\{ open: true \}/;
      for (const options of [{ security: 'strict' }, { security: undefined }] satisfies SocketIoModuleOptions[]) {
        expect(await bootError({ options, providers: [provider] })).toMatchObject({
          code: 'INVALID_GATEWAY',
          message: expect.stringMatching(ways),
        });
      }
    },
  );

  it('is said with the class, the method, the template and the value', async () => {
    const error = await bootError({
      options: { security: 'strict' },
      providers: [gatewayWith(JoinRoom('org:{params.id}/room:{roomId}'))],
    });
    expect(String(error)).toMatch(
      /RoomGateway\.enter\(\): @JoinRoom\("org:\{params\.id\}\/room:\{roomId\}"\) has \{roomId\} of what the client sends/,
    );
  });

  it.each<[string, MethodDecorator[]]>([
    ['a policy', [JoinRoom('room:{roomId}', () => true)]],
    [
      'a policy that happens to have `open`',
      [JoinRoom('room:{roomId}', Object.assign({ canJoin: () => true }, { open: false }))],
    ],
    ['a @RoomGuard() of the same room', [JoinRoom('room:{roomId}'), RoomGuard('room:{roomId}', () => true)]],
    [
      'a @RoomGuard() that sees the value too',
      [JoinRoom('room:{roomId}'), RoomGuard('seat:{params.id}/{roomId}', () => true)],
    ],
    [
      'a policy of another join that sees the value',
      [JoinRoom('room:{roomId}', () => true), JoinRoom('chat:{roomId}')],
    ],
    ['{ open: true }', [JoinRoom('room:{roomId}', { open: true })]],
  ])('is joined where there is %s', async (_what, decorators) => {
    expect(await answerOf(gatewayWith(...decorators))).toEqual(entered);
  });

  it.each<[string, MethodDecorator[]]>([
    ['another value', [JoinRoom('room:{roomId}'), RoomGuard('org:{orgId}', () => true)]],
    ['no value of the client', [JoinRoom('room:{roomId}'), RoomGuard('org:{params.id}', () => true)]],
    ['a room that anybody may join by it', [JoinRoom('room:{roomId}'), JoinRoom('chat:{roomId}', { open: true })]],
  ])('keeps the application from starting where the rules of the method see %s', async (_what, decorators) => {
    expect(await bootError({ options: { security: 'strict' }, providers: [gatewayWith(...decorators)] })).toMatchObject(
      {
        code: 'INVALID_GATEWAY',
        message: expect.stringMatching(
          /has \{roomId\} of .* no rule of the method looks at it;.* template has \{roomId\} too/,
        ),
      },
    );
  });

  it('wants one rule that sees all values together', async () => {
    const join = JoinRoom('org:{orgId}/room:{roomId}');
    const apart = [join, RoomGuard('org:{orgId}', () => true), RoomGuard('room:{roomId}', () => true)];
    expect(await bootError({ options: { security: 'strict' }, providers: [gatewayWith(...apart)] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: expect.stringMatching(
        /has \{orgId\} and \{roomId\} .* at them together;.* has all of \{orgId\} and \{roomId\},/,
      ),
    });
    const together = [join, RoomGuard('seat:{roomId}/{orgId}', () => true)];
    expect(await answerOf(gatewayWith(...together), { security: 'strict' }, { orgId: 1, roomId: 2 })).toEqual(entered);
  });

  it('keeps the application from starting where it is { open: false }', async () => {
    const provider = gatewayWith(JoinRoom('room:{roomId}', { open: false }));
    expect(await bootError({ options: { security: 'strict' }, providers: [provider] })).toMatchObject({
      code: 'INVALID_GATEWAY',
    });
  });
});

describe('a room that is not named by the client', () => {
  it.each(['lobby', 'org:{params.id}'])('needs no rule in the preset strict: %s', async (template) => {
    expect(await answerOf(gatewayWith(JoinRoom(template)))).toEqual(entered);
  });

  it.each(['room:{user.id}', 'room:{data.tenant}'])(
    'needs no rule where the server knows its value: %s',
    async (template) => {
      expect(await answerOf(gatewayWith(JoinRoom(template)))).toMatchObject({ ok: false, error: { status: 400 } });
    },
  );
});

describe('the preset compatible', () => {
  it('leaves every room open to every client', async () => {
    expect(await answerOf(gatewayWith(JoinRoom('room:{roomId}')), { security: 'compatible' })).toEqual(entered);
  });
});

describe('@JoinRoom()', () => {
  it('takes nothing for options that has no `open`', async () => {
    const provider = gatewayWith(JoinRoom('room:{roomId}', { opne: true } as unknown as JoinRoomOptions));
    expect(await bootError({ options: { security: 'strict' }, providers: [provider] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: 'RoomGateway.enter(): its policy has no method canJoin()',
    });
  });
});
