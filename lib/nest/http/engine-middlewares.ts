import { HttpException, Inject, Injectable, Logger, type NestMiddleware, type Type } from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { RookeryError, type Server } from '../../server/index.js';
import { runInOrder } from '../../shared/index.js';
import { logError } from '../exceptions/error-report.js';
import { isThenable } from '../pipeline/thenable.js';
import type { SocketIoModuleOptions } from '../socketio.options.js';
import { SOCKET_IO_OPTIONS } from '../socketio.tokens.js';
import type { ConnectMiddleware, EngineMiddleware } from './engine-middleware.js';

type Next = (error?: unknown) => void;
type Engine = Server['engine'];

/** The middlewares of the option `engineMiddlewares`, made by the application. */
@Injectable()
export class EngineMiddlewares {
  readonly #logger = new Logger('SocketIoModule');
  readonly #given: readonly EngineMiddleware[];
  readonly #moduleRef: ModuleRef;
  readonly #modules: ModulesContainer;
  #steps: readonly ConnectMiddleware[] | undefined;
  /** Requests that came before the middlewares were made. */
  readonly #waiting: (() => void)[] = [];

  constructor(
    @Inject(SOCKET_IO_OPTIONS) { engineMiddlewares = [] }: SocketIoModuleOptions,
    moduleRef: ModuleRef,
    modules: ModulesContainer,
  ) {
    this.#given = engineMiddlewares;
    this.#moduleRef = moduleRef;
    this.#modules = modules;
    engineMiddlewares.forEach(assertMiddleware);
  }

  /**
   * Finds or makes the classes.
   *
   * @throws RookeryError `INVALID_OPTION` for one that is request-scoped, or that nobody can make.
   */
  async load(): Promise<void> {
    this.#steps = await Promise.all(this.#given.map((each) => this.#stepOf(each)));
    for (const run of this.#waiting.splice(0)) run();
  }

  /** Has them run for each request and each upgrade of an engine. */
  install(engine: Engine): void {
    if (this.#given.length === 0) return;
    engine.use((request, response, next) => this.#run(request, response, next));
  }

  #run(request: IncomingMessage, response: ServerResponse, next: Next): void {
    if (this.#steps === undefined) {
      this.#waiting.push(() => this.#run(request, response, next));
      return;
    }
    runInOrder<ConnectMiddleware, unknown>(
      this.#steps,
      (middleware, proceed) => this.#call(middleware, request, response, proceed),
      next,
    );
  }

  #call(middleware: ConnectMiddleware, request: IncomingMessage, response: ServerResponse, proceed: Next): void {
    const fail = (error: unknown): void => {
      this.#report(error);
      proceed(error ?? new Error('An engine middleware failed with nothing'));
    };
    try {
      const result = middleware(request, response, (error: unknown) => {
        if (error === undefined || error === null) proceed();
        else fail(error);
      });
      if (isThenable(result)) result.then(undefined, fail);
    } catch (error) {
      fail(error);
    }
  }

  /** The client is told no more than that its request is bad. */
  #report(error: unknown): void {
    if (!(error instanceof HttpException)) logError(this.#logger, 'engineMiddlewares', error);
  }

  async #stepOf(given: EngineMiddleware): Promise<ConnectMiddleware> {
    if (!isMiddlewareClass(given)) return typeof given === 'function' ? given : (...args) => given.use(...args);
    const instance = await this.#instanceOf(given);
    return (...args) => instance.use(...args);
  }

  async #instanceOf(type: Type<NestMiddleware>): Promise<NestMiddleware> {
    for (const { providers } of this.#modules.values()) {
      const wrapper = providers.get(type);
      if (wrapper === undefined) continue;
      if (!wrapper.isDependencyTreeStatic() || wrapper.isTransient) {
        throw new RookeryError(
          'INVALID_OPTION',
          `engineMiddlewares: ${type.name} is, or injects something that is, request-scoped or transient; there is no request yet that Nest knows of`,
        );
      }
      return wrapper.instance as NestMiddleware;
    }
    try {
      return await this.#moduleRef.create(type);
    } catch (cause) {
      throw new RookeryError(
        'INVALID_OPTION',
        `engineMiddlewares: ${type.name} is no provider of any module, and SocketIoModule cannot make it: ${String(cause)}`,
        { cause },
      );
    }
  }
}

function isMiddlewareClass(given: EngineMiddleware): given is Type<NestMiddleware> {
  return typeof given === 'function' && hasUse(given.prototype);
}

function assertMiddleware(given: unknown, index: number): void {
  if (typeof given === 'function' || hasUse(given)) return;
  throw new RookeryError(
    'INVALID_OPTION',
    `engineMiddlewares[${index}] is neither a function (request, response, next) nor has it use(request, response, next)`,
  );
}

function hasUse(value: unknown): boolean {
  return typeof (value as Partial<NestMiddleware> | null | undefined)?.use === 'function';
}
