import type { FactoryProvider, ModuleMetadata, Provider, Type } from '@nestjs/common';
import { RookeryError } from '../server/index.js';

/** Makes the options when they depend on other providers. */
export interface OptionsFactory<Options> {
  createSocketIoOptions(): Promise<Options> | Options;
}

/** Options that come from elsewhere: exactly one of the three `use…` says where from. */
export interface AsyncOptions<Options> extends Pick<ModuleMetadata, 'imports'> {
  /** What `useFactory` is called with. */
  inject?: FactoryProvider['inject'];
  // The border to dependency injection: whatever `inject` names.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  useFactory?: (...args: any[]) => Promise<Options> | Options;
  useClass?: Type<OptionsFactory<Options>>;
  useExisting?: Type<OptionsFactory<Options>> | symbol | string;
}

/**
 * The providers that make a token of options.
 *
 * @throws RookeryError `INVALID_OPTION` when nothing says where they come from.
 */
export function asyncProviders<Options>(provide: symbol, options: AsyncOptions<Options>): Provider[] {
  const { useFactory, useClass, useExisting, inject = [] } = options;
  if (useFactory !== undefined) return [{ provide, useFactory, inject }];
  const token = useClass ?? useExisting;
  if (token === undefined) {
    throw new RookeryError('INVALID_OPTION', 'forRootAsync() needs useFactory, useClass or useExisting');
  }
  const fromFactory: Provider = {
    provide,
    inject: [token],
    useFactory: (factory: OptionsFactory<Options>) => factory.createSocketIoOptions(),
  };
  return useClass === undefined ? [fromFactory] : [useClass, fromFactory];
}
