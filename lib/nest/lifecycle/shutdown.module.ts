import { Module, type OnModuleDestroy } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { destroyFirst } from '../../nest-common/index.js';
import { SocketIoLifecycle } from './socketio.lifecycle.js';

/** Drains the server before Nest destroys anything: whatever a disconnect hook uses is still there. */
@Module({})
export class ShutdownModule implements OnModuleDestroy {
  readonly #lifecycle: SocketIoLifecycle;

  constructor(lifecycle: SocketIoLifecycle, modules: ModulesContainer) {
    this.#lifecycle = lifecycle;
    destroyFirst(modules, ShutdownModule);
  }

  onModuleDestroy(): Promise<void> {
    return this.#lifecycle.drain();
  }
}
