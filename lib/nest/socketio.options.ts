import type { FactoryProvider, ModuleMetadata, Type } from '@nestjs/common';
import type { ServerOptions } from '../server/index.js';

/** Options of `SocketIoModule`: the server's, and those of its life inside a Nest application. */
export interface SocketIoModuleOptions extends ServerOptions {
  /**
   * How long shutdown waits for disconnect hooks and for clients to answer the closing handshake, in milliseconds.
   *
   * What is not finished then is cut.
   *
   * @default 5_000
   */
  drainTimeout?: number;
}

/** Makes the options when they depend on other providers. */
export interface SocketIoOptionsFactory {
  createSocketIoOptions(): Promise<SocketIoModuleOptions> | SocketIoModuleOptions;
}

/** Options of `SocketIoModule.forRootAsync`: exactly one of the three `use…` says where the options come from. */
export interface SocketIoModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  /** What `useFactory` is called with. */
  inject?: FactoryProvider['inject'];
  // The border to dependency injection: whatever `inject` names.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  useFactory?: (...args: any[]) => Promise<SocketIoModuleOptions> | SocketIoModuleOptions;
  useClass?: Type<SocketIoOptionsFactory>;
  useExisting?: Type<SocketIoOptionsFactory> | symbol | string;
}

export const defaultDrainTimeout = 5_000;
