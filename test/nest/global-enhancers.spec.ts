import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import {
  Catch,
  Controller,
  ForbiddenException,
  Get,
  Injectable,
  Scope,
  type ArgumentsHost,
  type CanActivate,
  type ExceptionFilter,
  type NestInterceptor,
  type PipeTransform,
  type Provider,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { map, type Observable } from 'rxjs';
import { MessageBody, SubscribeMessage, WebSocketGateway, type GlobalEnhancers } from '../../lib/index.js';
import { bootError, startApp, type TestAppOptions } from './support.js';

const seen = new Set<string>();

@Injectable()
class Guard implements CanActivate {
  canActivate(): boolean {
    seen.add('guards');
    return true;
  }
}
@Injectable()
class Pipe implements PipeTransform {
  transform(value: unknown): unknown {
    seen.add('pipes');
    return value;
  }
}
@Injectable()
class Interceptor implements NestInterceptor {
  intercept(_context: unknown, next: { handle(): Observable<unknown> }): Observable<unknown> {
    seen.add('interceptors');
    return next.handle().pipe(map((value) => value));
  }
}
@Catch(ForbiddenException)
class Filter implements ExceptionFilter {
  catch(_exception: unknown, host: ArgumentsHost): unknown {
    seen.add('filters');
    if (host.getType() === 'http') host.switchToHttp().getResponse<{ end(): void }>().end();
    return { status: 403 };
  }
}

@WebSocketGateway()
class Gateway {
  @SubscribeMessage('fail')
  fail(@MessageBody() _body: unknown): never {
    throw new ForbiddenException();
  }
}

@Controller()
class Page {
  @Get()
  page(): never {
    throw new ForbiddenException();
  }
}

const kinds = ['guards', 'pipes', 'interceptors', 'filters'] as const;

const tokens: [token: string, provided: new () => object][] = [
  [APP_GUARD, Guard],
  [APP_PIPE, Pipe],
  [APP_INTERCEPTOR, Interceptor],
  [APP_FILTER, Filter],
];

const ways: [way: string, options: TestAppOptions][] = [
  [
    'app.useGlobal…()',
    {
      configure: (app) =>
        void app
          .useGlobalGuards(new Guard())
          .useGlobalPipes(new Pipe())
          .useGlobalInterceptors(new Interceptor() as never)
          .useGlobalFilters(new Filter()),
    },
  ],
  ['APP_…', { providers: tokens.map(([provide, useClass]): Provider => ({ provide, useClass })) }],
  [
    'APP_… of each request',
    { providers: tokens.map(([provide, useClass]): Provider => ({ provide, useClass, scope: Scope.REQUEST })) },
  ],
];

describe.each(ways)('global enhancers of %s', (_way, how) => {
  async function seenWith(globalEnhancers: GlobalEnhancers | undefined): Promise<{ event: string[]; http: string[] }> {
    await using running = await startApp({
      ...how,
      options: globalEnhancers === undefined ? {} : { globalEnhancers },
      providers: [Gateway, ...(how.providers ?? [])],
      controllers: [Page],
    });
    const client = await running.clients.connect();
    seen.clear();
    expect(await client.timeout(1_000).emitWithAck('fail', 1)).toMatchObject({ status: 403 });
    const event = [...seen].sort();
    seen.clear();
    await fetch(running.url);
    return { event, http: [...seen].sort() };
  }

  it('run for events where nothing is said', async () => {
    expect((await seenWith(undefined)).event).toEqual([...kinds].sort());
  });

  it.each(kinds)('run for HTTP alone where they are switched off: %s', async (kind) => {
    const { event, http } = await seenWith({ [kind]: false });
    expect(event).toEqual(kinds.filter((each) => each !== kind).sort());
    expect(http).toEqual(kinds.filter((each) => each !== 'pipes').sort());
  });

  it('are all off where each of them is', async () => {
    expect((await seenWith({ guards: false, pipes: false, interceptors: false, filters: false })).event).toEqual([]);
  });
});

describe('globalEnhancers', () => {
  it.each([{ guard: false }, { guards: 'no' }])('keeps the application from starting with %p', async (wrong) => {
    expect(await bootError({ options: { globalEnhancers: wrong as GlobalEnhancers } })).toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('globalEnhancers'),
    });
  });
});
