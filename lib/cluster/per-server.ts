import type { AdapterHost } from '../adapter/index.js';

/** Namespaces that belong to no server share. */
const nobody = {};

/**
 * What the namespaces of a server share, such as a connection.
 *
 * Each server has its own: two of one process are two nodes, and a bus that tells its clients apart by their connection
 * has to see two.
 */
export function perServer<Shared>(create: () => Shared): (nsp: AdapterHost) => Shared {
  const created = new WeakMap<object, Shared>();
  return ({ server = nobody }) => {
    let shared = created.get(server);
    if (shared === undefined) {
      shared = create();
      created.set(server, shared);
    }
    return shared;
  };
}
