import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Server } from '../../server/index.js';
import { SOCKET_IO_SERVER } from '../socketio.tokens.js';

/** The part of a Fastify instance that is used. */
interface FastifyLike {
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
  readonly #host: HttpAdapterHost;

  constructor(@Inject(SOCKET_IO_SERVER) server: Server, host: HttpAdapterHost) {
    this.#server = server;
    this.#host = host;
  }

  /** Does what has to be done before a framework closes its list of routes. */
  prepare(): void {
    const adapter = this.#adapter();
    if (adapter?.getType() !== 'fastify') return;
    // Fastify listens on every address of a name with a server of its own each; only a route is on all of them.
    // It takes the request over before any body is read.
    (adapter.getInstance() as FastifyLike).route({
      method: ['GET', 'POST', 'OPTIONS', 'PUT', 'PATCH', 'DELETE'],
      url: `${this.#server.path()}/`,
      onRequest: (request, reply) => {
        reply.hijack();
        this.#server.engine.handleRequest(request.raw, reply.raw);
      },
      handler: () => {},
    });
  }

  /** Begins to take clients; an application without an HTTP server, such as a worker, takes none. */
  attach(): void {
    const server = this.#adapter()?.getHttpServer() as HttpServer | undefined;
    if (server !== undefined) this.#server.attach(server);
  }

  #adapter(): HttpAdapterHost['httpAdapter'] | undefined {
    return this.#host.httpAdapter;
  }
}
