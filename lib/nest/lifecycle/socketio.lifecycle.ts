import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import type { Server } from '../../server/index.js';
import { HttpAttacher } from '../http/http-attacher.js';
import { GatewayBinder } from '../pipeline/gateway-binder.js';
import { defaultDrainTimeout, type SocketIoModuleOptions } from '../socketio.options.js';
import { SOCKET_IO_OPTIONS, SOCKET_IO_SERVER } from '../socketio.tokens.js';

/** Ties the server's life to the application's. */
@Injectable()
export class SocketIoLifecycle implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  readonly #server: Server;
  readonly #drainTimeout: number;
  readonly #binder: GatewayBinder;
  readonly #attacher: HttpAttacher;

  constructor(
    @Inject(SOCKET_IO_SERVER) server: Server,
    @Inject(SOCKET_IO_OPTIONS) options: SocketIoModuleOptions,
    binder: GatewayBinder,
    attacher: HttpAttacher,
  ) {
    this.#server = server;
    this.#drainTimeout = options.drainTimeout ?? defaultDrainTimeout;
    this.#binder = binder;
    this.#attacher = attacher;
  }

  async onModuleInit(): Promise<void> {
    this.#attacher.prepare();
    await this.#binder.bind();
  }

  /** Clients come in only now: every provider is ready. */
  onApplicationBootstrap(): void {
    this.#attacher.attach();
  }

  /** Drains while the providers that disconnect hooks use are still there; the HTTP server is Nest's to close. */
  async onModuleDestroy(): Promise<void> {
    // The hooks have begun when drain() returns its promise.
    const drained = this.#server.drain(this.#drainTimeout);
    await Promise.all([drained, this.#binder.hooksSettled(this.#drainTimeout)]);
  }
}
