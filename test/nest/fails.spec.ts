import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import {
  HttpException,
  UseFilters,
  UseGuards,
  UseInterceptors,
  type CanActivate,
  type ExceptionFilter,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { EMPTY, type Observable } from 'rxjs';
import {
  BaseWsExceptionFilter,
  Broadcaster,
  MessageBody,
  SubscribeAck,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
} from '../../lib/index.js';
import { next } from '../support/clients.js';
import { startApp, type TestApp } from './support.js';

const internal = { status: 500, message: 'Internal server error' };

function fail(how: unknown): never {
  throw how === 'ws' ? new WsException({ status: 409, message: 'told' }) : new Error('secret');
}

class FailingGuard implements CanActivate {
  canActivate(context: Parameters<CanActivate['canActivate']>[0]): never {
    return fail(context.switchToWs().getData());
  }
}

class RejectingGuard implements CanActivate {
  async canActivate(context: Parameters<CanActivate['canActivate']>[0]): Promise<never> {
    return fail(context.switchToWs().getData());
  }
}

class FailingInterceptor implements NestInterceptor {
  intercept(context: Parameters<NestInterceptor['intercept']>[0]): never {
    return fail(context.switchToWs().getData());
  }
}

class FailingPipe implements PipeTransform {
  transform(value: unknown): never {
    return fail(value);
  }
}

class RejectingPipe implements PipeTransform {
  async transform(value: unknown): Promise<never> {
    return fail(value);
  }
}

class LateFilter implements ExceptionFilter {
  async catch(): Promise<string> {
    return 'told later';
  }
}

/** Deals with the error by itself. */
class SilentFilter implements ExceptionFilter {
  catch(): Observable<never> {
    return EMPTY;
  }
}

/** A guard as it is written without types. */
class Loose implements CanActivate {
  canActivate(context: Parameters<CanActivate['canActivate']>[0]): boolean {
    const values: Record<string, unknown> = { undefined: undefined, null: null, zero: 0, empty: '', user: { id: 1 } };
    return values[context.switchToWs().getData<string>()] as boolean;
  }
}

const unusual: Record<string, unknown> = {
  undefined: undefined,
  null: null,
  text: 'just text',
  number: 7,
  symbol: Symbol('thrown'),
  plain: { message: 'secret' },
};

@WebSocketGateway()
class Gateway {
  @SubscribeMessage('alive')
  alive(): string {
    return 'alive';
  }
  @SubscribeMessage('handler')
  handler(@MessageBody() how: string): never {
    return fail(how);
  }
  @SubscribeMessage('rejecting handler')
  async rejectingHandler(@MessageBody() how: string): Promise<never> {
    return fail(how);
  }
  @UseGuards(new FailingGuard())
  @SubscribeMessage('guard')
  guard(): void {}
  @UseGuards(new RejectingGuard())
  @SubscribeMessage('rejecting guard')
  rejectingGuard(): void {}
  @UseInterceptors(new FailingInterceptor())
  @SubscribeMessage('interceptor')
  interceptor(): void {}
  @SubscribeMessage('pipe')
  pipe(@MessageBody(new FailingPipe()) _body: unknown): void {}
  @SubscribeMessage('rejecting pipe')
  rejectingPipe(@MessageBody(new RejectingPipe()) _body: unknown): void {}
  @SubscribeMessage('unusual')
  unusual(@MessageBody() what: string): never {
    throw unusual[what];
  }
  @SubscribeMessage('status alone')
  statusAlone(): never {
    throw new HttpException({}, 404);
  }
  @UseGuards(new Loose())
  @SubscribeMessage('loose')
  loose(): string {
    return 'in';
  }
  @UseFilters(new BaseWsExceptionFilter())
  @SubscribeMessage('filtered')
  filtered(): never {
    throw new WsException({ status: 409, message: 'told' });
  }
  @UseFilters(new LateFilter())
  @SubscribeMessage('filtered later')
  filteredLater(): never {
    throw new Error('secret');
  }
  @UseFilters(new SilentFilter())
  @SubscribeMessage('dealt with')
  dealtWith(): never {
    throw new Error('secret');
  }
  @SubscribeMessage('unsendable event')
  unsendableEvent(): never {
    throw new WsException({ message: 'told', details: 1n });
  }
  @SubscribeAck('unsendable')
  unsendable(): never {
    throw new WsException({ status: 409, message: 'told', details: 1n });
  }
  @SubscribeAck('after the answer', { timeout: 1 })
  async afterTheAnswer(): Promise<never> {
    await new Promise((resolve) => setTimeout(resolve, 20));
    throw new Error('too late');
  }
}

const places = [
  'handler',
  'rejecting handler',
  'guard',
  'rejecting guard',
  'interceptor',
  'pipe',
  'rejecting pipe',
] as const;

async function start(): Promise<{ running: TestApp; socket: Awaited<ReturnType<TestApp['clients']['connect']>> }> {
  const running = await startApp({ providers: [Gateway] });
  return { running, socket: await running.clients.connect() };
}

// A rejection that nobody handles fails the test it happens in.
describe.each(places)('an error of a %s', (place) => {
  it('that is made for clients is the ack, and is not logged', async () => {
    const { running, socket } = await start();
    await using _ = running;
    expect(await socket.emitWithAck(place, 'ws')).toEqual({ status: 409, message: 'told' });
    expect(await socket.emitWithAck('alive')).toBe('alive');
    expect(running.logger.errors).toEqual([]);
  });

  it('that is not is logged once, in full, and keeps its inside from the client', async () => {
    const { running, socket } = await start();
    await using _ = running;
    expect(await socket.emitWithAck(place, 'unknown')).toEqual(internal);
    expect(await socket.emitWithAck('alive')).toBe('alive');
    expect(running.logger.errors).toHaveLength(1);
    const [line, stack] = running.logger.errors[0]!;
    expect(line).toBe(`"${place}" failed: secret`);
    expect(stack).toContain('fails.spec');
  });

  it('is an exception event where no ack was asked for', async () => {
    const { running, socket } = await start();
    await using _ = running;
    const exception = next(socket, 'exception');
    socket.emit(place, 'ws');
    expect(await exception).toEqual([{ status: 409, message: 'told', event: place }]);
  });
});

describe('an error', () => {
  it.each(Object.keys(unusual))('that is no Error is an internal one: %s', async (what) => {
    const { running, socket } = await start();
    await using _ = running;
    expect(await socket.emitWithAck('unusual', what)).toEqual(internal);
    expect(running.logger.errors).toHaveLength(1);
  });

  it('with nothing but a status has the text of its class', async () => {
    const { running, socket } = await start();
    await using _ = running;
    expect(await socket.emitWithAck('status alone')).toEqual({ status: 404, message: 'Http Exception' });
  });

  it('that cannot be sent is an internal one to the client', async () => {
    const { running, socket } = await start();
    await using _ = running;
    expect(await socket.emitWithAck('unsendable')).toEqual({ ok: false, error: internal });
    expect(running.logger.errors).toHaveLength(1);
  });

  it('behind the answer changes nothing', async () => {
    const { running, socket } = await start();
    await using _ = running;
    expect(await socket.emitWithAck('after the answer')).toMatchObject({ ok: false, error: { status: 408 } });
    expect(await socket.emitWithAck('alive')).toBe('alive');
  });

  it('that a filter answers is an exception event where no ack was asked for', async () => {
    const { running, socket } = await start();
    await using _ = running;
    const told: unknown[] = [];
    socket.on('exception', (...args: unknown[]) => told.push(...args));
    socket.emit('filtered');
    // Answered behind it.
    await socket.emitWithAck('alive');
    expect(told).toEqual([{ status: 409, message: 'told', event: 'filtered' }]);
  });

  it('that a filter answers later is told as it is', async () => {
    const { running, socket } = await start();
    await using _ = running;
    const exception = next(socket, 'exception');
    socket.emit('filtered later');
    expect(await exception).toEqual(['told later']);
    expect(await socket.emitWithAck('filtered later')).toBe('told later');
  });

  it('that a filter deals with is nothing to a client that did not ask', async () => {
    const { running, socket } = await start();
    await using _ = running;
    const told: unknown[] = [];
    socket.onAny((...args: unknown[]) => told.push(args));
    socket.emit('dealt with');
    expect(await socket.emitWithAck('dealt with')).toEqual(internal);
    await socket.emitWithAck('alive');
    expect(told).toEqual([]);
    expect(running.logger.errors).toEqual([]);
  });

  it('that cannot be sent is an internal one where no ack was asked for, too', async () => {
    const { running, socket } = await start();
    await using _ = running;
    const exception = next(socket, 'exception');
    socket.emit('unsendable event');
    expect(await exception).toEqual([{ ...internal, event: 'unsendable event' }]);
  });

  it('of one client is nothing to another', async () => {
    const { running, socket } = await start();
    await using _ = running;
    const other = await running.clients.connect();
    other.on('who', (ack: (answer: string) => void) => ack('other'));
    socket.on('who', (ack: (answer: string) => void) => ack('first'));
    await socket.emitWithAck('handler', 'unknown');
    expect((await running.app.get(Broadcaster).emitWithAck('who')).sort()).toEqual(['first', 'other']);
  });
});

describe('a guard without types', () => {
  it.each(['undefined', 'null', 'zero', 'empty'])('refuses with %s', async (value) => {
    const { running, socket } = await start();
    await using _ = running;
    expect(await socket.emitWithAck('loose', value)).toEqual({ status: 403, message: 'Forbidden resource' });
    expect(running.logger.errors).toEqual([]);
  });

  it('lets in with anything that is not nothing', async () => {
    const { running, socket } = await start();
    await using _ = running;
    expect(await socket.emitWithAck('loose', 'user')).toBe('in');
  });
});
