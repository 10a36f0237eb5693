import { afterEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { ConflictException } from '@nestjs/common';
import { Observable, of } from 'rxjs';
import { SubscribeAck, SubscribeMessage, WebSocketGateway, type SocketIoModuleOptions } from '../../lib/index.js';
import { startApp, type TestApp } from './support.js';

async function* counting(): AsyncGenerator<number> {
  yield await Promise.resolve(1);
  yield 2;
}

@WebSocketGateway()
class Gateway {
  @SubscribeAck('value')
  value(): string {
    return 'value';
  }

  @SubscribeAck('nothing')
  nothing(): void {}

  @SubscribeAck('fail')
  fail(): never {
    throw new ConflictException('taken');
  }

  @SubscribeMessage('fail raw')
  failRaw(): never {
    throw new ConflictException('taken');
  }

  @SubscribeAck('iterable')
  iterable(): AsyncIterable<number> {
    return counting();
  }

  @SubscribeMessage('iterable raw')
  async *iterableRaw(): AsyncGenerator<object> {
    for await (const data of counting()) yield { event: 'counted', data };
  }

  @SubscribeMessage('silent', { timeout: 20 })
  silent(): Promise<never> {
    return new Promise(() => {});
  }

  @SubscribeMessage('silent stream', { timeout: 20 })
  silentStream(): Observable<never> {
    return new Observable();
  }

  @SubscribeAck('silent iterable', { timeout: 20 })
  async *silentIterable(): AsyncGenerator<number> {
    await new Promise(() => {});
    yield 1;
  }

  @SubscribeMessage('in time', { timeout: 5_000 })
  inTime(): Observable<string> {
    return of('done');
  }
}

let app: TestApp;
afterEach(() => app.close());

async function ask(options: SocketIoModuleOptions, event: string): Promise<{ answer: unknown; exceptions: unknown[] }> {
  app = await startApp({ options, providers: [Gateway] });
  const client = await app.clients.connect();
  const exceptions: unknown[] = [];
  client.on('exception', (exception) => exceptions.push(exception));
  const answer = await new Promise((resolve) => {
    client.timeout(300).emit(event, (...args: unknown[]) => resolve(args));
  });
  return { answer, exceptions };
}

const error = { status: 409, message: 'taken' };

describe('ackStyle', () => {
  it.each<[SocketIoModuleOptions['ackStyle'], unknown, unknown, unknown]>([
    [undefined, [{ ok: true, data: 'value' }], [{ ok: true, data: null }], [{ ok: false, error }]],
    ['envelope', [{ ok: true, data: 'value' }], [{ ok: true, data: null }], [{ ok: false, error }]],
    ['raw', ['value'], [], [error]],
    ['errorFirst', [null, 'value'], [null, null], [error]],
  ])('%s is how a handler that always answers does so', async (ackStyle, value, nothing, failure) => {
    const options = ackStyle === undefined ? {} : { ackStyle };
    // The client puts its own error in front: null, for there was an answer.
    expect((await ask(options, 'value')).answer).toEqual([null, ...(value as unknown[])]);
    await app.close();
    expect((await ask(options, 'nothing')).answer).toEqual([null, ...(nothing as unknown[])]);
    await app.close();
    expect((await ask(options, 'fail')).answer).toEqual([null, ...(failure as unknown[])]);
  });

  it('leaves the other handlers as they are', async () => {
    expect((await ask({ ackStyle: 'errorFirst' }, 'fail raw')).answer).toEqual([null, error]);
  });
});

describe('errors', () => {
  it.each<[SocketIoModuleOptions['errors'], boolean, boolean]>([
    [undefined, true, false],
    ['ack', true, false],
    ['both', true, true],
    ['event', false, true],
  ])('%s is where they go when an ack was asked for', async (errors, inAck, inEvent) => {
    const { answer, exceptions } = await ask(errors === undefined ? {} : { errors }, 'fail raw');
    expect(answer).toEqual(inAck ? [null, error] : [expect.objectContaining({ message: 'operation has timed out' })]);
    expect(exceptions).toEqual(inEvent ? [{ ...error, event: 'fail raw' }] : []);
  });
});

describe('an async iterable', () => {
  it('is answered with its last value, or each value is sent', async () => {
    expect((await ask({}, 'iterable')).answer).toEqual([null, { ok: true, data: 2 }]);
    const client = await app.clients.connect();
    const counted: unknown[] = [];
    const both = new Promise<void>((resolve) => {
      client.on('counted', (value) => {
        if (counted.push(value) === 2) resolve();
      });
    });
    client.emit('iterable raw');
    await both;
    expect(counted).toEqual([1, 2]);
  });
});

describe('timeout', () => {
  it.each(['silent', 'silent stream', 'silent iterable'])('bounds %s', async (event) => {
    const [, answer] = (await ask({}, event)).answer as [null, { status?: number; error?: { status: number } }];
    expect(answer.status ?? answer.error!.status).toBe(408);
  });

  it('lets what is in time alone', async () => {
    expect((await ask({}, 'in time')).answer).toEqual([null, 'done']);
  });
});
