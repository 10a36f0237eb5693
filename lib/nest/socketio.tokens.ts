/** The module's options, with the application's own filled in. */
export const SOCKET_IO_OPTIONS = Symbol('rookery:options');

/** The `Server` that all gateways share. */
export const SOCKET_IO_SERVER = Symbol('rookery:server');

/**
 * Provide this, and it is the adapter of the server: what the option `adapter` takes, made with injected clients.
 *
 * The provider stands in a global module that exports it, or in one that `forRootAsync()` imports.
 */
export const SOCKET_ADAPTER = Symbol('rookery:adapter');

const injectedNamespaces = new Map<string, symbol>();

/** The token of a namespace; the same for a name with and without its slash. */
export function namespaceToken(name: string): symbol {
  const normalized = name.startsWith('/') ? name : `/${name}`;
  let token = injectedNamespaces.get(normalized);
  if (token === undefined) {
    token = Symbol(`rookery:namespace:${normalized}`);
    injectedNamespaces.set(normalized, token);
  }
  return token;
}

/** Every name that somebody injects, with its token: decorators have run before a module is made. */
export function namespaceTokens(): IterableIterator<[name: string, token: symbol]> {
  return injectedNamespaces.entries();
}
