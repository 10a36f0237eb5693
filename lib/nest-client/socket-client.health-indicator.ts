import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { SocketClient } from './socket-client.js';
import { clientToken, defaultClient } from './socket-client.tokens.js';

/** How a client is doing. */
export interface SocketClientHealth {
  /** `down` while one of its namespaces is not connected. */
  readonly status: 'up' | 'down';
  /** Whether each is connected. */
  readonly namespaces: Readonly<Record<string, boolean>>;
}

/** Tells `@nestjs/terminus`, or anybody else, whether a client is connected. */
@Injectable()
export class SocketClientHealthIndicator {
  readonly #modules: ModuleRef;

  constructor(modules: ModuleRef) {
    this.#modules = modules;
  }

  /**
   * Looks at the sockets of a client.
   *
   * @param key under which the result stands.
   * @param options `client`: the name of the client; "default" by default.
   */
  isHealthy<Key extends string = 'socket-client'>(
    key: Key = 'socket-client' as Key,
    { client = defaultClient }: { client?: string } = {},
  ): Record<Key, SocketClientHealth> {
    const { sockets } = this.#modules.get<SocketClient>(clientToken(client), { strict: false });
    const namespaces = Object.fromEntries([...sockets].map(([namespace, { connected }]) => [namespace, connected]));
    const status = Object.values(namespaces).every(Boolean) ? 'up' : 'down';
    return { [key]: { status, namespaces } } as unknown as Record<Key, SocketClientHealth>;
  }
}
