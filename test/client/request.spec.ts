import {
  BadRequestException,
  ConflictException,
  HttpException,
  ParseIntPipe,
  type ArgumentMetadata,
  type PipeTransform,
} from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import 'reflect-metadata';
import { AckError, io, request, requestIn, type EventsOf, type Socket } from '../../lib/client/node/index.js';
import { MessageBody, SubscribeAck, SubscribeMessage, WebSocketGateway, WsException } from '../../lib/index.js';
import { startApp, type TestApp } from '../nest/support.js';

class NamePipe implements PipeTransform {
  transform(value: unknown, _metadata: ArgumentMetadata): string {
    if (typeof value === 'string') return value;
    throw new BadRequestException({ message: ['name is a text'], code: 'INVALID' });
  }
}

const names = { raw: 'seat:raw', errorFirst: 'seat:first' } as const;

@WebSocketGateway()
class SeatsGateway {
  @SubscribeAck()
  async take(@MessageBody(ParseIntPipe) seat: number): Promise<{ seat: number }> {
    if (seat > 100) throw new WsException({ status: 404, message: 'No such seat', code: 'NO_SEAT', details: { seat } });
    if (seat === 13) throw new ConflictException('Taken');
    if (seat === 0) throw new Error('of the inside');
    return { seat };
  }

  @SubscribeAck()
  nothing(): void {}

  @SubscribeAck({ timeout: 20 })
  slow(): Promise<void> {
    return new Promise(() => {});
  }

  @SubscribeAck()
  never(): Promise<void> {
    return new Promise(() => {});
  }

  @SubscribeAck('named')
  name(@MessageBody(NamePipe) name: string): string {
    return name;
  }
}

@WebSocketGateway()
class StylesGateway {
  declare readonly socketEvents: typeof names;

  @SubscribeMessage(names.raw)
  raw(@MessageBody() seat: number): number {
    if (seat < 0) throw new HttpException('Gone', 410);
    return seat;
  }

  @SubscribeAck(names.errorFirst, { ackStyle: 'errorFirst' })
  errorFirst(@MessageBody() seat: number): number {
    if (seat < 0) throw new HttpException('Gone', 410);
    return seat;
  }
}

async function errorOf(asked: Promise<unknown>): Promise<AckError> {
  try {
    await asked;
  } catch (error) {
    return error as AckError;
  }
  throw new Error('It was answered');
}

type Nothing = Record<never, never>;

describe('request()', () => {
  let running: TestApp;
  let socket: Socket<Nothing, EventsOf<typeof SeatsGateway>>;
  let raw: Socket<Nothing, EventsOf<StylesGateway, 'raw'>>;
  let errorFirst: Socket<Nothing, EventsOf<StylesGateway, 'errorFirst'>>;

  beforeAll(async () => {
    running = await startApp({
      providers: [SeatsGateway, StylesGateway],
      options: { onUnknownEvent: 'ack-error', defaultAccess: 'allow' },
    });
    socket = io(running.url, { transports: ['websocket'] }) as never;
    raw = socket as never;
    errorFirst = socket as never;
  });

  afterAll(async () => {
    socket.disconnect();
    await running.close();
  });

  it('resolves with what the method returns, whose name is the event', async () => {
    expect(await request(socket, 'take', 4)).toEqual({ seat: 4 });
    expect(await request(socket, 'nothing')).toBeNull();
  });

  it('rejects with all that the server tells of an error', async () => {
    const error = await errorOf(request(socket, 'take', 101));
    expect(error).toBeInstanceOf(AckError);
    expect({ ...error, message: error.message }).toEqual({
      name: 'AckError',
      status: 404,
      message: 'No such seat',
      code: 'NO_SEAT',
      details: { seat: 101 },
    });
  });

  it.each([
    ['an HttpException', 13, 409, 'Taken'],
    ['an error of the inside', 0, 500, 'Internal server error'],
    ['a pipe', 'four', 400, 'Validation failed (numeric string is expected)'],
  ])('rejects with the status of %s', async (_what, seat, status, message) => {
    expect(await errorOf(request(socket, 'take', seat as number))).toMatchObject({ status, message });
  });

  it('rejects with a line for each mistake that validation finds', async () => {
    const error = await errorOf(request(socket as never as Socket, 'named', 1));
    expect(error).toMatchObject({ status: 400, code: 'INVALID', details: ['name is a text'] });
  });

  it('rejects with 404 for an event that nobody handles, in every style', async () => {
    for (const style of ['envelope', 'raw', 'errorFirst'] as const) {
      const asked = requestIn(style)(socket as never as Socket, 'unknown');
      expect(await errorOf(asked)).toMatchObject({ name: 'AckError', status: 404 });
    }
  });

  it('rejects with 408 when the handler is late, and with the error of the socket when the answer is', async () => {
    expect(await errorOf(request(socket, 'slow'))).toMatchObject({ name: 'AckError', status: 408 });
    const late = await errorOf(request(socket.timeout(20), 'never'));
    expect(late).not.toBeInstanceOf(AckError);
    expect(late.message).toBe('operation has timed out');
  });

  it('rejects when the connection is lost', async () => {
    const other = io(running.url, { transports: ['websocket'], forceNew: true }) as never as typeof socket;
    await request(other, 'nothing');
    const asked = errorOf(request(other, 'never'));
    other.disconnect();
    expect((await asked).message).toBe('socket has been disconnected');
  });

  it('resolves with a value as it is, and with one behind an error', async () => {
    expect(await requestIn('raw')(raw, 'seat:raw', 7)).toBe(7);
    expect(await requestIn('errorFirst')(errorFirst, 'seat:first', 7)).toBe(7);
    expect(await errorOf(requestIn('raw')(raw, 'seat:raw', -1))).toMatchObject({ status: 410, message: 'Gone' });
    expect(await errorOf(requestIn('errorFirst')(errorFirst, 'seat:first', -1))).toMatchObject({ status: 410 });
  });

  it('says that an answer is in no style it knows', async () => {
    const error = await errorOf(request(raw as never as Socket, 'seat:raw', 7));
    expect(error).toMatchObject({ status: 502, code: 'INVALID_ANSWER', details: 7 });
  });

  it.each([
    ['io', false],
    ['io, request', true],
  ])('is in a bundle of { %s }: %p', async (names, isThere) => {
    const { outputFiles } = await build({
      stdin: { contents: `export { ${names} } from './lib/client/index.ts';`, resolveDir: process.cwd() },
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      write: false,
    });
    expect(outputFiles[0]!.text.includes('INVALID_ANSWER')).toBe(isThere);
  });
});
