import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { createPathTest, type Server } from '../../server/index.js';
import type { SocketIoModuleOptions } from '../socketio.options.js';
import { SOCKET_IO_OPTIONS, SOCKET_IO_SERVER } from '../socketio.tokens.js';
import { applicationCors, warnOfForeignCors } from './application-cors.js';
import { EarlyClients } from './early-clients.js';
import { EngineMiddlewares } from './engine-middlewares.js';

interface FastifyReplyLike {
  readonly raw: ServerResponse;
  hijack(): void;
  callNotFound(): void;
}

/** The part of a Fastify instance that is used. */
interface FastifyLike {
  addHook(name: 'onReady', hook: (done: () => void) => void): unknown;
  hasRoute(options: { method: string; url: string }): boolean;
  route(options: {
    method: string[];
    url: string;
    onRequest(request: { raw: IncomingMessage }, reply: FastifyReplyLike): void;
    handler(): void;
  }): unknown;
}

type AbstractHttpAdapter = HttpAdapterHost['httpAdapter'];
type MountedRequest = IncomingMessage & { readonly originalUrl?: string };

/** Serves the application's HTTP server, whichever framework it is of. */
@Injectable()
export class HttpAttacher {
  readonly #server: Server;
  readonly #hasBarePath: boolean;
  readonly #isMiddleware: boolean;
  readonly #options: SocketIoModuleOptions;
  readonly #early: EarlyClients;
  readonly #middlewares: EngineMiddlewares;
  readonly #host: HttpAdapterHost;

  constructor(
    @Inject(SOCKET_IO_SERVER) server: Server,
    @Inject(SOCKET_IO_OPTIONS) options: SocketIoModuleOptions,
    middlewares: EngineMiddlewares,
    host: HttpAdapterHost,
  ) {
    this.#server = server;
    this.#options = options;
    this.#middlewares = middlewares;
    this.#hasBarePath = options.addTrailingSlash === false;
    this.#isMiddleware = options.attach === 'middleware';
    this.#early = new EarlyClients(options.earlyClients ?? 'reject');
    this.#host = host;
  }

  /** Takes its place in front of the framework's own answers; clients that come now are early. */
  prepare(): void {
    const adapter = this.#adapter();
    // An application context has none, and says so with null.
    if (!adapter) return;
    this.#server.engine.use(this.#early.middleware);
    this.#middlewares.install(this.#server.engine);
    if (this.#isMiddleware) this.#server.engine.use(applicationCors(adapter.getType(), adapter.getInstance()));
    if (adapter.getType() === 'fastify') this.#routeFastify(adapter);
    else if (this.#isMiddleware) this.#useExpress(adapter);
    const server = adapter.getHttpServer() as HttpServer | undefined;
    if (server !== undefined) this.#server.attach(server, { claimRequests: !this.#isMiddleware });
  }

  /** Begins to take clients; an application without an HTTP server, such as a worker, takes none. */
  open(): void {
    this.#early.open();
    const adapter = this.#adapter();
    if (adapter?.getType() === 'express') warnOfForeignCors(this.#options, 'express', adapter.getInstance());
  }

  #routeFastify(adapter: AbstractHttpAdapter): void {
    const fastify = adapter.getInstance() as FastifyLike;
    // Its plugins are loaded only then.
    fastify.addHook('onReady', (done) => {
      warnOfForeignCors(this.#options, 'fastify', fastify);
      done();
    });
    const bare = this.#server.path();
    this.#route(fastify, `${bare}/`);
    // Where fastify ignores the slash at the end, that was both.
    if (this.#hasBarePath && bare !== '' && !fastify.hasRoute({ method: 'GET', url: bare })) this.#route(fastify, bare);
    if (this.#server.serveClient()) this.#routeFiles(fastify, `${bare}/:file(^socket\\.io[.\\w]*$)`);
  }

  /** Behind the middlewares of the application: those that it uses before it is initialized. */
  #useExpress(adapter: AbstractHttpAdapter): void {
    const isOurs = createPathTest({ path: this.#server.path(), addTrailingSlash: !this.#hasBarePath });
    adapter.use(this.#server.path() || '/', (request: MountedRequest, response: ServerResponse, next: () => void) => {
      const url = request.originalUrl ?? request.url;
      if (!isOurs(url)) {
        next();
        return;
      }
      // Express takes the mount path away.
      request.url = url;
      this.#server.engine.handleRequest(request, response);
    });
  }

  // Fastify listens on every address of a name with a server of its own each; only a route is on all of them.
  // It takes the request over before any body is read.
  #route(fastify: FastifyLike, url: string): void {
    fastify.route({
      method: ['GET', 'POST', 'OPTIONS', 'PUT', 'PATCH', 'DELETE'],
      url,
      onRequest: (request, reply) => {
        reply.hijack();
        this.#server.engine.handleRequest(request.raw, reply.raw);
      },
      handler: () => {},
    });
  }

  /** The browser files of the client; what else has such a name stays the framework's. */
  #routeFiles(fastify: FastifyLike, url: string): void {
    fastify.route({
      method: ['GET', 'OPTIONS'],
      url,
      onRequest: (request, reply) => {
        if (this.#server.handleFile(request.raw, reply.raw)) reply.hijack();
        else reply.callNotFound();
      },
      handler: () => {},
    });
  }

  #adapter(): AbstractHttpAdapter | null | undefined {
    return this.#host.httpAdapter;
  }
}
