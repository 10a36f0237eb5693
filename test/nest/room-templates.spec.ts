import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import fc from 'fast-check';
import { BadRequestException } from '@nestjs/common';
import {
  EmitTo,
  JoinRoom,
  LeaveRoom,
  MessageBody,
  Room,
  RoomGuard,
  SubscribeAck,
  WebSocketGateway,
  type Socket,
} from '../../lib/index.js';
import { RookeryError } from '../../lib/server/index.js';
import { rememberParams } from '../../lib/nest/pipeline/namespace-pattern.js';
import { RoomTemplate } from '../../lib/nest/rooms/room-template.js';
import { bootError, startApp } from './support.js';

interface Event {
  readonly args?: unknown[];
  readonly user?: unknown;
  readonly data?: object;
  readonly nsp?: object;
}

/** The room that a template names for an event. */
function nameOf(template: string, { args = [], user, data = {}, nsp = {} }: Event): string {
  const socket = { user, data, nsp } as unknown as Socket;
  return new RoomTemplate(template, 'here').nameFor([socket, args[0], undefined, args, 'event']).name;
}

function refusal(template: string, event: Event): string {
  try {
    return `named ${nameOf(template, event)}`;
  } catch (error) {
    expect(error).toBeInstanceOf(BadRequestException);
    return (error as BadRequestException).message;
  }
}

const orgs = { name: '/org/acme' };
rememberParams(orgs, /^\/org\/(?<id>[^/]+)$/);

describe('the template of a room', () => {
  it.each<[what: string, template: string, event: Event, name: string]>([
    ['its own text', 'lobby', {}, 'lobby'],
    ['a property of the first argument', 'room:{roomId}', { args: [{ roomId: 'a' }] }, 'room:a'],
    ['a property further in', 'room:{message.roomId}', { args: [{ message: { roomId: 'a' } }] }, 'room:a'],
    ['an element of a list', 'room:{rooms.1}', { args: [{ rooms: ['a', 'b'] }] }, 'room:b'],
    ['the first argument itself', 'room:{args.0}', { args: ['a'] }, 'room:a'],
    ['another argument', 'room:{args.1}', { args: ['a', 'b'] }, 'room:b'],
    ['a property of another argument', 'room:{args.1.id}', { args: ['a', { id: 'b' }] }, 'room:b'],
    ['a part of the namespace', 'org:{params.id}', { nsp: orgs }, 'org:acme'],
    ['a property of the user', 'user:{user.id}', { user: { id: 7 } }, 'user:7'],
    ['what the socket keeps', 'tenant:{data.tenant}', { data: { tenant: 't' } }, 'tenant:t'],
    ['several values', 'o:{a}/r:{b}#x', { args: [{ a: 1, b: 'two' }] }, 'o:1/r:two#x'],
    ['one value twice', 'r:{a}:{a}', { args: [{ a: 'x' }] }, 'r:x:x'],
    ['a property with a dash', 'room:{room-id}', { args: [{ 'room-id': 'a' }] }, 'room:a'],
    ['a property with the name of a method', 'room:{toString}', { args: [{ toString: 'a' }] }, 'room:a'],
    ['zero', 'room:{id}', { args: [{ id: 0 }] }, 'room:0'],
    ['a fraction below zero', 'room:{id}', { args: [{ id: -1.5 }] }, 'room:-1.5'],
    ['a UUID', 'room:{id}', { args: [{ id: '5f3b-4e_a.b@c d' }] }, 'room:5f3b-4e_a.b@c d'],
    ['the longest value', 'room:{id}', { args: [{ id: 'x'.repeat(256) }] }, `room:${'x'.repeat(256)}`],
  ])('takes %s', (_what, template, event, name) => {
    expect(nameOf(template, event)).toBe(name);
  });

  const noValue = '"id" has to be a text of 1 to 256 characters, or a number';
  const separating = '"id" may not contain any of ":", "/", "|", "#"';
  it.each<[what: string, id: unknown, message: string]>([
    ['nothing', undefined, noValue],
    ['null', null, noValue],
    ['an empty text', '', noValue],
    ['a text that is too long', 'x'.repeat(257), noValue],
    ['a boolean', true, noValue],
    ['an object', { toString: () => 'a' }, noValue],
    ['a list', ['a'], noValue],
    ['a number that is none', Number.NaN, noValue],
    ['infinity', Number.POSITIVE_INFINITY, noValue],
    ['a bigint', 1n, noValue],
    ['a colon', 'a:b', separating],
    ['a slash, where the template has none', 'a/b', separating],
    ['a bar', '|', separating],
    ['a hash', '#a', separating],
    ['a line break', 'a\nb', '"id" may not contain control characters'],
    ['half a character', 'a\ud800', '"id" may not contain control characters'],
  ])('refuses %s as a value, and names the placeholder', (_what, id, message) => {
    expect(refusal('room:{id}', { args: [{ id }] })).toBe(message);
  });

  it.each<[what: string, template: string, event: Event, path: string]>([
    ['an event without arguments', 'room:{id}', {}, 'id'],
    ['an argument that is a text', 'room:{length}', { args: ['text'] }, 'length'],
    ['an argument that is not there', 'room:{args.1}', { args: ['a'] }, 'args.1'],
    ['an object on the way that is not there', 'room:{a.b}', { args: [{}] }, 'a.b'],
    ['a socket without a user', 'user:{user.id}', {}, 'user.id'],
    ['what is inherited', 'room:{id}', { args: [Object.create({ id: 'a' })] }, 'id'],
    ['what every object has', 'room:{toString.name}', { args: [{}] }, 'toString.name'],
  ])('finds no value in %s', (_what, template, event, path) => {
    expect(refusal(template, event)).toBe(`"${path}" has to be a text of 1 to 256 characters, or a number`);
  });

  it.each<[what: string, template: unknown, problem: string]>([
    ['without text', '', 'is no text'],
    ['of blanks', '  ', 'is no text'],
    ['that is no string', 7, 'is no text'],
    ['with an open brace', 'room:{id', 'has a brace without its partner'],
    ['with a closing brace', 'room:id}', 'has a brace without its partner'],
    ['with a brace within braces', 'room:{a{b}}', 'has a brace without its partner'],
    ['with an empty placeholder', 'room:{}', 'has an empty placeholder'],
    ['with a placeholder of blanks', 'room:{ }', 'has an empty placeholder'],
    ['with blanks in a placeholder', 'room:{ id }', 'has { id }, which is no name'],
    ['with an empty word', 'room:{a..b}', 'has {a..b}, which is no name'],
    ['with a default', 'room:{id|a}', 'has {id|a}, which is no name'],
    ['with a number for a name', 'room:{0}', 'write {roomId}, {message.roomId} or {args.1}'],
    ['with a dollar', 'room:${id}', 'write {id} without the dollar'],
    ['with __proto__', 'room:{__proto__.id}', 'has {__proto__.id}, which every object has'],
    ['with constructor', 'room:{a.constructor.name}', 'which every object has'],
    ['with all arguments', 'room:{args}', 'arguments are counted, from {args.0} on'],
    ['with an argument by name', 'room:{args.id}', 'arguments are counted, from {args.0} on'],
    ['with a whole user', 'user:{user}', 'name one, such as {user.id}'],
    ['of a bare placeholder', '{id}', 'begins with a placeholder, and could name any room'],
    ['that begins with a placeholder', '{org}:{id}', 'begins with a placeholder, and could name any room'],
    ['without a separator in front', 'room{id}', 'needs a separator on both sides of {id}'],
    ['with a letter behind', 'room:{id}s', 'needs a separator on both sides of {id}'],
    ['with a dash, which ids have', 'room-{id}', 'one of ":", "/", "|", "#"'],
    ['with nothing between two', 'room:{a}{b}', 'needs a separator on both sides of {a}'],
    ['of a user, by the event', 'user:{userId}', 'is a user\'s: behind "user:" stand placeholders of the user'],
    ['of a user, by more than the user', 'user:{user.id}:{device}', "is a user's"],
    ['of a user, by name', 'user:admin', "is a user's"],
  ])('%s is refused', (_what, template, problem) => {
    const make = (): unknown => new RoomTemplate(template, 'Gateway.join()');
    expect(make).toThrow(RookeryError);
    expect(make).toThrow(`Gateway.join(): the room ${JSON.stringify(template)}`);
    expect(make).toThrow(problem);
  });
});

describe('the rooms that templates name', () => {
  const word = fc.stringMatching(/^[a-z]{1,4}$/);
  const separator = fc.constantFrom(':', '/', '|', '#');
  /** Values close to the template's text, where names would meet first. */
  const value = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'b', ':', '/', '|', '#', '-', '_', '1') }),
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.integer(),
    fc.constantFrom('user', 'user:1', '', null, undefined, true),
  );
  const template = fc
    .tuple(
      word,
      fc.array(fc.tuple(separator, fc.option(word), separator), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
    )
    .map(([first, parts, hasEnd]) => {
      const middle = parts.map(([before, text, behind], index) =>
        text === null ? `${before}{v${index}}` : `${before}${text}${behind}{v${index}}`,
      );
      return {
        text: `${first === 'user' ? 'room' : first}${middle.join('')}${hasEnd ? '/end' : ''}`,
        count: parts.length,
      };
    });
  const values = fc.array(value, { minLength: 4, maxLength: 4 });

  function named(text: string, given: readonly unknown[]): string | undefined {
    try {
      return nameOf(text, { args: [Object.fromEntries(given.map((each, index) => [`v${index}`, each]))] });
    } catch {
      return undefined;
    }
  }

  it('are different ones for different values', () => {
    fc.assert(
      fc.property(template, values, values, ({ text, count }, left, right) => {
        const names = [named(text, left), named(text, right)];
        fc.pre(names[0] !== undefined && names[1] !== undefined);
        const texts = [left, right].map((each) => each.slice(0, count).map(String));
        expect(names[0] === names[1]).toBe(JSON.stringify(texts[0]) === JSON.stringify(texts[1]));
      }),
      { numRuns: 500 },
    );
  });

  it("are never a socket's own, nor a user's, and have the separators of the template alone", () => {
    fc.assert(
      fc.property(template, values, ({ text }, given) => {
        const name = named(text, given);
        fc.pre(name !== undefined);
        expect(name).not.toMatch(/^[\w-]{20}$/);
        expect(name).not.toMatch(/^user:/);
        expect(name!.replace(/[^:/|#]/g, '')).toBe(text.replace(/[^:/|#]/g, ''));
      }),
      { numRuns: 500 },
    );
  });
});

describe('a room decorator keeps the application from starting', () => {
  it.each<[string, (template: string) => MethodDecorator]>([
    ['@RoomGuard', RoomGuard],
    ['@JoinRoom', JoinRoom],
    ['@LeaveRoom', LeaveRoom],
    ['@EmitTo', EmitTo],
  ])('when the template of %s is none: the class, the method and the template are named', async (_name, decorator) => {
    @WebSocketGateway()
    class BrokenGateway {
      @SubscribeAck('event')
      @decorator('room:{id')
      handle(): void {}
    }
    expect(await bootError({ providers: [BrokenGateway] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: 'BrokenGateway.handle(): the room "room:{id" has a brace without its partner',
    });
  });

  it.each<[string, string | RegExp]>([
    ['has one name', '/org'],
    ['has other parts', '/org/:name'],
    ['is a pattern without names', /^\/org\/(.+)$/],
  ])('when it reads a part of the namespace, which %s', async (_what, namespace) => {
    @WebSocketGateway({ namespace })
    class OrgGateway {
      @SubscribeAck('event')
      @JoinRoom('org:{params.id}')
      join(): void {}
    }
    expect(await bootError({ providers: [OrgGateway] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message:
        'OrgGateway.join(): the room "org:{params.id}" has {params.id}, and the namespace of the gateway has no such part',
    });
  });

  it('when @Room() counts further than the decorators', async () => {
    @WebSocketGateway()
    class CountingGateway {
      @SubscribeAck('event')
      @RoomGuard('lobby')
      handle(@Room(1) _room: string): void {}
    }
    expect(await bootError({ providers: [CountingGateway] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: 'CountingGateway.handle(): @Room(1) needs 2 room decorators on the method, and there are 1',
    });
  });
});

describe('values of an event', () => {
  it('are read behind the schema, as it makes them', async () => {
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: (value: unknown) => ({ value: { roomId: String(value).toLowerCase() } }),
      },
    };
    @WebSocketGateway()
    class Gateway {
      @SubscribeAck('enter', { schema })
      @JoinRoom('room:{roomId}', { open: true })
      enter(@MessageBody('roomId') roomId: string, @Room() room: string): unknown {
        return [roomId, room];
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    const client = await running.clients.connect();
    expect(await client.emitWithAck('enter', 'LOUD')).toEqual({ ok: true, data: ['loud', 'room:loud'] });
  });

  it("that are missing are the client's fault: it is told which, and the method is not called", async () => {
    let calls = 0;
    @WebSocketGateway()
    class Gateway {
      @SubscribeAck('enter')
      @JoinRoom('room:{roomId}', { open: true })
      enter(): void {
        calls += 1;
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    const client = await running.clients.connect();
    const message = '"roomId" has to be a text of 1 to 256 characters, or a number';
    expect(await client.emitWithAck('enter', {})).toEqual({ ok: false, error: { status: 400, message } });
    expect(calls).toBe(0);
  });
});
