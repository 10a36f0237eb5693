import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import type { CallHandler, NestInterceptor } from '@nestjs/common';
import { InterceptorsConsumer } from '@nestjs/core/interceptors/interceptors-consumer.js';
import { catchError, EMPTY, finalize, from, map, mergeAll, of, repeat, toArray, type Observable } from 'rxjs';
import { ExecutionContextHost } from '../../lib/nest-common/index.js';
import { intercepted } from '../../lib/nest/pipeline/interception.js';

type Intercept = (next: CallHandler, context: ExecutionContextHost) => unknown;
type Run = (intercepts: readonly Intercept[], call: () => unknown) => Observable<unknown>;

class Gateway {
  method(): void {}
}

const interceptorsOf = (intercepts: readonly Intercept[]): NestInterceptor[] =>
  intercepts.map((intercept) => ({
    intercept: (context, next) => intercept(next, context as ExecutionContextHost) as never,
  }));

const ours: Run = (intercepts, call) => {
  const context = new ExecutionContextHost(['argument'], Gateway, Gateway.prototype.method);
  return intercepted({ interceptors: interceptorsOf(intercepts), context, call });
};

const nests: Run = (intercepts, call) =>
  from(
    new InterceptorsConsumer().intercept(
      interceptorsOf(intercepts),
      ['argument'],
      new Gateway(),
      Gateway.prototype.method,
      async () => call(),
      'ws',
    ) as Promise<Observable<unknown>>,
  ).pipe(mergeAll());

/** All values; of an error, its text. */
function valuesOf(stream: Observable<unknown>): Promise<unknown> {
  return new Promise((resolve) => {
    stream.pipe(toArray()).subscribe({
      next: resolve,
      error: (error: unknown) => resolve(String(error)),
    });
  });
}

const storage = new AsyncLocalStorage<string>();
const passing: Intercept = (next) => next.handle();

describe('interceptors', () => {
  const fails = (): never => {
    throw new Error('failed');
  };
  it.each<[what: string, intercepts: Intercept[], call: () => unknown, values: unknown]>([
    ['hand on a value', [passing, passing], () => 1, [1]],
    ['hand on nothing as a value', [passing], () => undefined, [undefined]],
    ['wait for a promise', [passing], async () => 1, [1]],
    ['hand on the values of a stream', [passing], () => of(1, 2), [1, 2]],
    ['hand on the values of a promised stream', [passing], async () => of(1, 2), [1, 2]],
    ['may be asynchronous', [async (next) => next.handle()], () => 1, [1]],
    ['may give what a stream can be made of', [() => [1, 2]], () => 3, [1, 2]],
    ['may give it later', [async () => [1, 2]], () => 3, [1, 2]],
    ['may end without a value', [() => EMPTY], () => 1, []],
    ['fail where they give nothing', [() => undefined], () => 1, expect.stringMatching('TypeError')],
    ['see an error', [(next) => next.handle().pipe(catchError(() => of('caught')))], fails, ['caught']],
    [
      'see a rejection',
      [(next) => next.handle().pipe(catchError(() => of('caught')))],
      async () => fails(),
      ['caught'],
    ],
    ['may fail', [fails], () => 1, 'Error: failed'],
    [
      'may fail within others',
      [(next) => next.handle().pipe(catchError(() => of('caught'))), fails],
      () => 1,
      ['caught'],
    ],
    ['may call again', [(next) => next.handle().pipe(repeat(2))], () => 1, [1, 1]],
    [
      'stand around each other in order',
      [
        (next) => next.handle().pipe(map((value) => `outer ${value}`)),
        (next) => next.handle().pipe(map((value) => `inner ${value}`)),
      ],
      () => 1,
      ['outer inner 1'],
    ],
    [
      'have an AsyncLocalStorage around what comes next',
      [(next) => storage.run('own', () => next.handle()), async (next) => next.handle()],
      () => storage.getStore(),
      ['own'],
    ],
    [
      'see the arguments, the class and the method',
      [(_next, context) => of(context.getArgs(), context.getClass(), context.getHandler())],
      () => 1,
      [['argument'], Gateway, Gateway.prototype.method],
    ],
  ])('%s, as those of Nest do', async (_what, intercepts, call, values) => {
    expect(await valuesOf(ours(intercepts, call))).toEqual(values);
    expect(await valuesOf(nests(intercepts, call))).toEqual(values);
  });

  /** Who is told, in which order, that a call of two interceptors ends. */
  function ending(run: Run, call: () => unknown): Promise<string[]> {
    return new Promise((resolve) => {
      const steps: string[] = [];
      const noting =
        (step: string): Intercept =>
        (next) =>
          next.handle().pipe(finalize(() => steps.push(step)));
      const end = (): void => {
        steps.push('end');
        setImmediate(resolve, steps);
      };
      run([noting('outer'), noting('inner')], call).subscribe({ complete: end, error: end });
    });
  }

  it.each([
    ['a value', () => 1],
    ['a promise', async () => 1],
    ['a stream', () => of(1)],
    ['a promised stream', async () => of(1)],
  ])('have ended before those around them, as those of Nest: %s', async (_what, call) => {
    expect(await ending(ours, call)).toEqual(['inner', 'outer', 'end']);
    expect(await ending(nests, call)).toEqual(['inner', 'outer', 'end']);
  });

  it('have failed before those around them', async () => {
    expect(await ending(ours, fails)).toEqual(['end', 'inner', 'outer']);
  });

  it('are called by whoever subscribes', () => {
    let calls = 0;
    const stream = ours([passing], () => ++calls);
    expect(calls).toBe(0);
    stream.subscribe();
    expect(calls).toBe(1);
  });

  it('make no promise of a call that needs none', () => {
    const made: string[] = [];
    const hook = createHook({ init: (_id, type) => made.push(type) }).enable();
    let value: unknown;
    ours([passing, passing], () => 1).subscribe((each) => {
      value = each;
    });
    hook.disable();
    expect(value).toBe(1);
    expect(made).toEqual(['SocketIoInterceptor', 'SocketIoInterceptor']);
  });
});
