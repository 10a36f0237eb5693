import { Inject, Injectable, Optional } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { RookeryError, type AdapterConstructor } from '../../server/index.js';
import { SOCKET_ADAPTER, SOCKET_IO_OPTIONS } from '../socketio.tokens.js';

/** Where the adapter of the server comes from: the option `adapter`, or the provider `SOCKET_ADAPTER`. */
@Injectable()
export class AdapterSource {
  /** `undefined` where nobody gives one. */
  readonly adapter: AdapterConstructor | undefined;
  readonly #option: AdapterConstructor | undefined;
  readonly #modules: ModulesContainer;

  constructor(
    @Inject(SOCKET_IO_OPTIONS) options: { readonly adapter?: AdapterConstructor },
    @Optional() @Inject(SOCKET_ADAPTER) provided: AdapterConstructor | undefined,
    modules: ModulesContainer,
  ) {
    this.#option = options.adapter;
    this.adapter = options.adapter ?? provided;
    this.#modules = modules;
  }

  /** @throws RookeryError `INVALID_OPTION` where there are two of them, or one that nobody sees. */
  check(): void {
    const providers = [...this.#modules.values()].filter((module) => module.providers.has(SOCKET_ADAPTER));
    const names = providers.map(({ name }) => `SOCKET_ADAPTER of ${name}`);
    const all = this.#option === undefined ? names : ['the option `adapter`', ...names];
    if (all.length > 1) {
      throw new RookeryError(
        'INVALID_OPTION',
        `The server has one adapter, and ${all.join(' and ')} give one each; keep one`,
      );
    }
    if (all.length === 0 || this.adapter !== undefined) return;
    throw new RookeryError(
      'INVALID_OPTION',
      `${names[0]} is undefined, or out of sight: export it from a global module, or import its module in forRootAsync()`,
    );
  }
}
