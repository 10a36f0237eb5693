import type { DynamicModule, FactoryProvider, ModuleMetadata, Provider } from '@nestjs/common';
import type { AdapterConstructor } from '../../server/index.js';
import { SOCKET_ADAPTER, SOCKET_IO_OPTIONS } from '../socketio.tokens.js';

/** An adapter that is made of what is injected, such as the client of a bus that the application has anyway. */
export interface InjectedAdapter extends Pick<ModuleMetadata, 'imports'> {
  /** What `useFactory` is called with: exports of `imports`, or of global modules. */
  inject: NonNullable<FactoryProvider['inject']>;
  // The border to dependency injection: whatever `inject` names.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  useFactory: (...args: any[]) => Promise<AdapterConstructor> | AdapterConstructor;
}

/** Options with an adapter that may be injected. */
export type WithInjectedAdapter<Options extends { adapter?: AdapterConstructor | undefined }> = Omit<
  Options,
  'adapter'
> & {
  /** Who keeps rooms and carries broadcasts: a class, a function of the namespace, or who makes one of what is injected. */
  adapter?: AdapterConstructor | InjectedAdapter;
};

/** What a module with these options imports and provides. */
export function rootOptions<Options extends { adapter?: AdapterConstructor | undefined }>(
  given: WithInjectedAdapter<Options>,
): { readonly imports: NonNullable<DynamicModule['imports']>; readonly providers: Provider[] } {
  const { adapter, ...options } = given;
  if (typeof adapter !== 'object') return { imports: [], providers: [{ provide: SOCKET_IO_OPTIONS, useValue: given }] };
  const { imports = [], inject, useFactory } = adapter;
  return {
    imports,
    providers: [
      { provide: SOCKET_IO_OPTIONS, useValue: options },
      { provide: SOCKET_ADAPTER, inject, useFactory },
    ],
  };
}
