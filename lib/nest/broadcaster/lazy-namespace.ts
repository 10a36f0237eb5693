import { Namespace, type Server } from '../../server/index.js';

/** The names of everything a namespace can be asked for. */
const members = new Set<string | symbol>(['name', 'server', 'sockets', 'adapter']);
for (let prototype: object = Namespace.prototype, above: object | null; ; prototype = above) {
  above = Object.getPrototypeOf(prototype) as object | null;
  // What every object has is no member of a namespace.
  if (above === null) break;
  for (const name of Reflect.ownKeys(prototype)) if (name !== 'constructor') members.add(name);
}

/**
 * A namespace that is made when it is first used.
 *
 * Whoever injects one has to be able to do so before there is anything to use, and a namespace that is only named
 * somewhere must not let clients in.
 */
export function lazyNamespace(server: Server, name: string): Namespace {
  return new Proxy(Namespace.prototype, {
    get: (target, key): unknown => {
      // Nest asks every provider for its class and its lifecycle hooks, `await` for a `then`: none of it is a use.
      if (!members.has(key)) return Reflect.get(target, key) as unknown;
      const namespace = server.of(name);
      const value: unknown = Reflect.get(namespace, key, namespace);
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(namespace) : value;
    },
  });
}
