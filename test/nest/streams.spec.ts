import { afterEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import {
  Catch,
  UseFilters,
  UseInterceptors,
  type CallHandler,
  type ExceptionFilter,
  type NestInterceptor,
} from '@nestjs/common';
import { concat, finalize, interval, map, mergeMap, NEVER, Observable, of, tap } from 'rxjs';
import {
  EmitTo,
  SOCKET_IO_SERVER,
  type Server,
  SubscribeAck,
  SubscribeMessage,
  WebSocketGateway,
  type WsResponse,
} from '../../lib/index.js';
import { next } from '../support/clients.js';
import { Gate, startApp, type TestApp } from './support.js';

const begun = new Map<string, Gate>();
const ended = new Map<string, Gate>();
const endless = new Map<string, Gate>();

/** A gate of a name, made when it is first asked for. */
function gate(gates: Map<string, Gate>, name: string): Gate {
  let found = gates.get(name);
  if (found === undefined) gates.set(name, (found = new Gate()));
  return found;
}

/** Gives one value, and then nothing for ever; opens gates when it begins and when nobody wants it any more. */
function watched(name: string): Observable<WsResponse<string>> {
  return new Observable((subscriber) => {
    subscriber.next({ event: 'value', data: name });
    gate(begun, name).open();
    return () => gate(ended, name).open();
  });
}

function watchedIterable(name: string): AsyncIterable<WsResponse<string>> {
  let count = 0;
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        if (count++ === 0) return Promise.resolve({ done: false, value: { event: 'value', data: name } });
        gate(begun, name).open();
        return new Promise(() => {});
      },
      return: async () => {
        gate(ended, name).open();
        return { done: true, value: undefined };
      },
    }),
  };
}

class Passing implements NestInterceptor {
  intercept(_context: unknown, handler: CallHandler): Observable<unknown> {
    return handler.handle().pipe(finalize(() => gate(ended, 'interceptor').open()));
  }
}

class Repeating implements NestInterceptor {
  intercept(_context: unknown, handler: CallHandler): Observable<unknown> {
    return handler.handle().pipe(
      mergeMap((value) => concat(of(value), interval(1).pipe(map(() => value)))),
      tap(() => gate(begun, 'repeating').open()),
      finalize(() => gate(ended, 'repeating').open()),
    );
  }
}

class Committing implements NestInterceptor {
  intercept(_context: unknown, handler: CallHandler): Observable<unknown> {
    return handler.handle().pipe(tap((value) => gate(ended, `committed ${String(value)}`).open()));
  }
}

@Catch(TypeError)
class TypeErrorFilter implements ExceptionFilter {
  catch(error: TypeError): string {
    gate(ended, `filtered ${error.message}`).open();
    return 'told';
  }
}

const broadcasts: unknown[] = [];

@WebSocketGateway()
@UseFilters(TypeErrorFilter)
class Gateway {
  @SubscribeMessage('observable')
  observable(): unknown {
    return watched('observable');
  }
  @SubscribeMessage('promise')
  async promise(): Promise<unknown> {
    return watched('promise');
  }
  @SubscribeMessage('iterable')
  iterable(): unknown {
    return watchedIterable('iterable');
  }
  @SubscribeAck('ack')
  ack(): unknown {
    return watched('ack');
  }
  @SubscribeAck('ack, iterable')
  ackIterable(): unknown {
    return watchedIterable('ack, iterable');
  }
  @SubscribeMessage('intercepted')
  @UseInterceptors(Passing)
  intercepted(): unknown {
    return watched('intercepted');
  }
  @SubscribeAck('intercepted, iterable')
  @UseInterceptors(Passing)
  interceptedIterable(): unknown {
    return watchedIterable('intercepted, iterable');
  }
  @SubscribeMessage('repeating')
  @UseInterceptors(Repeating)
  repeating(): unknown {
    return 'value';
  }
  @SubscribeMessage('late')
  async late(): Promise<unknown> {
    gate(begun, 'late').open();
    await gate(endless, 'late').opened;
    setImmediate(() => gate(ended, 'late').open());
    return watched('never');
  }
  @SubscribeMessage('late, intercepted')
  @UseInterceptors(Passing)
  async lateIntercepted(): Promise<unknown> {
    gate(begun, 'late').open();
    await gate(endless, 'late').opened;
    return watched('never');
  }
  @SubscribeMessage('working')
  @UseInterceptors(Committing)
  async working(): Promise<unknown> {
    gate(begun, 'working').open();
    await gate(endless, 'working').opened;
    return 'work';
  }
  @SubscribeMessage('failing')
  @UseInterceptors(Passing)
  async failing(_socket: unknown, kind: 'known' | 'unknown'): Promise<unknown> {
    gate(begun, 'failing').open();
    await gate(endless, 'failing').opened;
    throw kind === 'known' ? new TypeError('late') : new Error('late');
  }
  @SubscribeMessage('untidy')
  async *untidy(): AsyncGenerator {
    try {
      yield { event: 'value', data: 'untidy' };
      gate(begun, 'untidy').open();
      await gate(endless, 'untidy').opened;
      yield 'more';
    } finally {
      setImmediate(() => setImmediate(() => gate(ended, 'untidy').open()));
      // eslint-disable-next-line no-unsafe-finally
      throw new Error('untidy');
    }
  }
  @SubscribeMessage('broadcast')
  @EmitTo('everybody', 'told')
  broadcast(): unknown {
    return watched('broadcast');
  }
}

let running: TestApp;
afterEach(async () => {
  await running.close();
  for (const gates of [begun, ended, endless]) gates.clear();
  broadcasts.length = 0;
});

/** Sends an event, and disconnects once its handler has begun. */
async function leaveWithin(event: string, name: string, ...args: unknown[]): Promise<void> {
  running = await startApp({ providers: [Gateway] });
  const client = await running.clients.connect();
  client.emit(event, ...args, () => {});
  await gate(begun, name).opened;
  client.disconnect();
}

/** Resolves when the server knows that everybody has left. */
async function everybodyLeft(): Promise<void> {
  const server = running.app.get<Server>(SOCKET_IO_SERVER);
  while (server.sockets.sockets.size > 0) await new Promise(setImmediate);
}

describe('a stream that a handler has returned', () => {
  it.each(['observable', 'promise', 'iterable', 'ack', 'ack, iterable', 'intercepted', 'intercepted, iterable'])(
    'ends with its client: %s',
    async (event) => {
      await leaveWithin(event, event);
      await gate(ended, event).opened;
      await running.close();
      expect(running.logger.errors).toEqual([]);
    },
  );

  it('ends for its interceptors too', async () => {
    await leaveWithin('intercepted', 'intercepted');
    await gate(ended, 'interceptor').opened;
  });

  it('ends with its client when interceptors have made it of one value', async () => {
    await leaveWithin('repeating', 'repeating');
    await gate(ended, 'repeating').opened;
  });

  it('is not begun when its client has left before', async () => {
    await leaveWithin('late', 'late');
    await everybodyLeft();
    gate(endless, 'late').open();
    await gate(ended, 'late').opened;
    expect(begun.has('never')).toBe(false);
  });

  it('is not begun behind interceptors when its client has left before', async () => {
    await leaveWithin('late, intercepted', 'late');
    await everybodyLeft();
    gate(endless, 'late').open();
    await gate(ended, 'interceptor').opened;
    expect(begun.has('never')).toBe(false);
  });

  it('that is cut short is not concluded: nobody is told its last value', async () => {
    running = await startApp({ providers: [Gateway] });
    const other = await running.clients.connect();
    other.on('told', (value: unknown) => broadcasts.push(value));
    const client = await running.clients.connect();
    client.emit('broadcast');
    await gate(begun, 'broadcast').opened;
    client.disconnect();
    await gate(ended, 'broadcast').opened;
    const value = next(other, 'value');
    other.emit('observable');
    await value;
    expect(broadcasts).toEqual([]);
  });

  it('whose end fails is logged', async () => {
    await leaveWithin('untidy', 'untidy');
    await everybodyLeft();
    gate(endless, 'untidy').open();
    await gate(ended, 'untidy').opened;
    expect(running.logger.errors.map(([line]) => line)).toEqual(['"stream" failed: untidy']);
  });
});

describe('a handler behind interceptors whose client leaves', () => {
  it('runs to its end, and so do its interceptors', async () => {
    await leaveWithin('working', 'working');
    await everybodyLeft();
    gate(endless, 'working').open();
    await gate(ended, 'committed work').opened;
  });

  it('has its error logged', async () => {
    await leaveWithin('failing', 'failing', 'unknown');
    await everybodyLeft();
    gate(endless, 'failing').open();
    await gate(ended, 'interceptor').opened;
    await new Promise(setImmediate);
    expect(running.logger.errors.map(([line]) => line)).toEqual(['"failing" failed: late']);
  });

  it('has its error filtered', async () => {
    await leaveWithin('failing', 'failing', 'known');
    await everybodyLeft();
    gate(endless, 'failing').open();
    await gate(ended, 'filtered late').opened;
    expect(running.logger.errors).toEqual([]);
  });
});

describe('the values of a stream', () => {
  it('are all sent while the client is there', async () => {
    @WebSocketGateway()
    class Counting {
      @SubscribeMessage('count')
      async *count(_socket: unknown, to: number): AsyncGenerator<WsResponse<number>> {
        for (let data = 1; data <= to; data++) yield { event: 'number', data };
      }
      @SubscribeAck('last')
      @UseInterceptors(Passing)
      async *last(_socket: unknown, to: number): AsyncGenerator<number> {
        for (let data = 1; data <= to; data++) yield data;
      }
      @SubscribeMessage('endless')
      endless(): Observable<never> {
        return NEVER;
      }
    }
    running = await startApp({ providers: [Counting] });
    const client = await running.clients.connect();
    const numbers: unknown[] = [];
    client.on('number', (number: unknown) => numbers.push(number));
    client.emit('endless');
    client.emit('count', 3);
    expect(await client.emitWithAck('last', 3)).toEqual({ ok: true, data: 3 });
    expect(numbers).toEqual([1, 2, 3]);
  });
});
