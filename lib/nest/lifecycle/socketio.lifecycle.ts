import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { adaptersStarted, type Server } from '../../server/index.js';
import { AdapterSource } from '../adapter/adapter-source.js';
import { DefaultAccess } from '../handshake/default-access.js';
import { EngineMiddlewares } from '../http/engine-middlewares.js';
import { HttpAttacher } from '../http/http-attacher.js';
import { GatewayBinder } from '../pipeline/gateway-binder.js';
import { adapterTimeoutOf, drainTimeoutOf, type SocketIoModuleOptions } from '../socketio.options.js';
import { SOCKET_IO_OPTIONS, SOCKET_IO_SERVER } from '../socketio.tokens.js';
import { SocketIoAdapter } from '../websockets/socketio.adapter.js';

/** Ties the server's life to the application's. */
@Injectable()
export class SocketIoLifecycle implements OnModuleInit, OnApplicationBootstrap {
  readonly #server: Server;
  readonly #drainTimeout: number;
  readonly #adapterTimeout: number;
  readonly #source: AdapterSource;
  readonly #binder: GatewayBinder;
  readonly #middlewares: EngineMiddlewares;
  readonly #attacher: HttpAttacher;
  readonly #adapter: SocketIoAdapter;
  readonly #access: DefaultAccess;

  constructor(
    @Inject(SOCKET_IO_SERVER) server: Server,
    @Inject(SOCKET_IO_OPTIONS) options: SocketIoModuleOptions,
    source: AdapterSource,
    binder: GatewayBinder,
    middlewares: EngineMiddlewares,
    attacher: HttpAttacher,
    adapter: SocketIoAdapter,
    access: DefaultAccess,
  ) {
    this.#server = server;
    this.#drainTimeout = drainTimeoutOf(options);
    this.#adapterTimeout = adapterTimeoutOf(options);
    this.#source = source;
    this.#binder = binder;
    this.#middlewares = middlewares;
    this.#attacher = attacher;
    this.#adapter = adapter;
    this.#access = access;
  }

  async onModuleInit(): Promise<void> {
    this.#source.check();
    try {
      await this.#adapter.listening();
      await this.#middlewares.load();
      await this.#binder.bind();
      this.#access.warnOfSpared();
    } catch (error) {
      // Ports of gateways are open by now, and would keep the process.
      await this.#adapter.dispose();
      throw error;
    }
    this.#attacher.prepare();
  }

  /** Clients come in only now: every provider is ready, and so are the adapter and what routes sessions. */
  async onApplicationBootstrap(): Promise<void> {
    try {
      await Promise.all([adaptersStarted(this.#server, this.#adapterTimeout), this.#server.engine.routingReady()]);
    } catch (error) {
      // Nest 11 closes no application that has not started.
      await this.drain();
      throw error;
    }
    this.#attacher.open();
  }

  /** Lets every client go and waits for the disconnect hooks; the application's HTTP server is Nest's to close. */
  async drain(): Promise<void> {
    // The hooks have begun when drain() returns its promise.
    const drained = this.#server.drain(this.#drainTimeout);
    await Promise.all([drained, this.#adapter.dispose(), this.#binder.hooksSettled(this.#drainTimeout)]);
  }
}
