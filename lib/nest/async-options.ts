import type { Provider } from '@nestjs/common';
import { optionsProviders, type ProvidedOptions } from '../nest-common/index.js';

/** Makes the options when they depend on other providers. */
export interface OptionsFactory<Options> {
  createSocketIoOptions(): Promise<Options> | Options;
}

/** Options that come from elsewhere: exactly one of the three `use…` says where from. */
export interface AsyncOptions<Options> extends ProvidedOptions<Options, OptionsFactory<Options>> {}

/**
 * The providers that make a token of options.
 *
 * @throws RookeryError `INVALID_OPTION` when nothing says where they come from.
 */
export function asyncProviders<Options>(provide: symbol, options: AsyncOptions<Options>): Provider[] {
  return optionsProviders(provide, options, (factory) => factory.createSocketIoOptions());
}
