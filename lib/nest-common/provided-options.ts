import type { FactoryProvider, ModuleMetadata, Provider, Type } from '@nestjs/common';
import { RookeryError } from '../shared/index.js';

/** Options that come from elsewhere: exactly one of the three `use…` says where from. */
export interface ProvidedOptions<Options, Factory> extends Pick<ModuleMetadata, 'imports'> {
  /** What `useFactory` is called with. */
  inject?: FactoryProvider['inject'];
  // The border to dependency injection: whatever `inject` names.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  useFactory?: (...args: any[]) => Promise<Options> | Options;
  useClass?: Type<Factory>;
  useExisting?: Type<Factory> | symbol | string;
}

/**
 * The providers that make a token of options.
 *
 * @param make asks a factory, of `useClass` or `useExisting`, for the options.
 * @throws RookeryError `INVALID_OPTION` when nothing says where they come from.
 */
export function optionsProviders<Options, Factory>(
  provide: symbol,
  options: ProvidedOptions<Options, Factory>,
  make: (factory: Factory) => Promise<Options> | Options,
): Provider[] {
  const { useFactory, useClass, useExisting, inject = [] } = options;
  if (useFactory !== undefined) return [{ provide, useFactory, inject }];
  const token = useClass ?? useExisting;
  if (token === undefined) {
    throw new RookeryError('INVALID_OPTION', 'forRootAsync() needs useFactory, useClass or useExisting');
  }
  const fromFactory: Provider = { provide, inject: [token], useFactory: make };
  return useClass === undefined ? [fromFactory] : [useClass, fromFactory];
}
