import { ClusterAdapter, RecoveringClusterAdapter, type AdapterHost } from '../../adapter/index.js';
import { LogLink } from './log-link.js';
import { resolve, type PostgresAdapterOptions } from './options.js';
import { PostgresHub } from './postgres-hub.js';
import { PostgresLink } from './postgres-link.js';

/**
 * Rooms and broadcasts of several nodes over PostgreSQL, for the `adapter` option.
 *
 * Speaks the wire of `@socket.io/postgres-adapter`: both may serve one cluster, and published emitters reach it. With
 * `recovery`, tables keep messages and sessions: clients go on on any node.
 *
 * @throws RookeryError `INVALID_OPTION` where a value cannot work.
 */
export function postgresAdapter(options: PostgresAdapterOptions): (nsp: AdapterHost) => ClusterAdapter {
  const resolved = resolve(options);
  const hub = new PostgresHub(resolved);
  const { recovery } = resolved;
  if (recovery !== undefined) {
    return (nsp) => new RecoveringClusterAdapter(nsp, (channel) => new LogLink(channel, hub, recovery), options);
  }
  return (nsp) => new ClusterAdapter(nsp, (channel) => new PostgresLink(channel, hub), options);
}
