import { SetMetadata } from '@nestjs/common';
import type { NamespaceAuthMetadata, NamespaceAuthOptions } from '../handshake/auth-options.js';
import { namespaceAuthMetadata } from './metadata.js';

/**
 * Lets into the gateway's namespace only who a strategy of passport knows, and sets `socket.user`.
 *
 * It runs behind the middlewares of the namespace and before its connection guards. A client that nobody knows is
 * refused: `connect_error` with `data.status` 401; so is one that a strategy would redirect. What a strategy throws on
 * purpose, an `HttpException`, refuses with its own status. Counts for every gateway of the namespace.
 *
 * @param strategies names under which strategies are registered with passport, by `@nestjs/passport` or by hand; they are
 * tried in order. Needs the package `passport`.
 */
export function NamespaceAuth(
  strategies: string | readonly string[],
  options: NamespaceAuthOptions = {},
): ClassDecorator {
  const names = typeof strategies === 'string' ? [strategies] : strategies;
  return SetMetadata(namespaceAuthMetadata, { strategies: names, options } satisfies NamespaceAuthMetadata);
}
