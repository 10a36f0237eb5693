import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Server } from '../../server/index.js';
import type { SocketIoModuleOptions } from '../socketio.options.js';
import { SOCKET_IO_OPTIONS, SOCKET_IO_SERVER } from '../socketio.tokens.js';

/** The part of a Fastify instance that is used. */
interface FastifyLike {
  hasRoute(options: { method: string; url: string }): boolean;
  route(options: {
    method: string[];
    url: string;
    onRequest(request: { raw: IncomingMessage }, reply: { raw: ServerResponse; hijack(): void }): void;
    handler(): void;
  }): unknown;
}

/** Serves the application's HTTP server, whichever framework it is of. */
@Injectable()
export class HttpAttacher {
  readonly #server: Server;
  readonly #hasBarePath: boolean;
  readonly #host: HttpAdapterHost;

  constructor(
    @Inject(SOCKET_IO_SERVER) server: Server,
    @Inject(SOCKET_IO_OPTIONS) options: SocketIoModuleOptions,
    host: HttpAdapterHost,
  ) {
    this.#server = server;
    this.#hasBarePath = options.addTrailingSlash === false;
    this.#host = host;
  }

  /** Does what has to be done before a framework closes its list of routes. */
  prepare(): void {
    const adapter = this.#adapter();
    if (adapter?.getType() !== 'fastify') return;
    const fastify = adapter.getInstance() as FastifyLike;
    const bare = this.#server.path();
    this.#route(fastify, `${bare}/`);
    // Where fastify ignores the slash at the end, that was both.
    if (this.#hasBarePath && bare !== '' && !fastify.hasRoute({ method: 'GET', url: bare })) this.#route(fastify, bare);
  }

  /** Begins to take clients; an application without an HTTP server, such as a worker, takes none. */
  attach(): void {
    const server = this.#adapter()?.getHttpServer() as HttpServer | undefined;
    if (server !== undefined) this.#server.attach(server);
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

  #adapter(): HttpAdapterHost['httpAdapter'] | undefined {
    return this.#host.httpAdapter;
  }
}
