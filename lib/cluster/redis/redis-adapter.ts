import { ClusterAdapter, type AdapterHost } from '../../adapter/index.js';
import { BatchedLink } from './batched-link.js';
import { perServer } from '../per-server.js';
import { ClassicLink } from './classic-link.js';
import { resolve, type RedisAdapterOptions } from './options.js';
import { RedisHub } from '../redis-common/redis-hub.js';
import { ShardedLink } from './sharded-link.js';

const links = { classic: ClassicLink, batched: BatchedLink };

/**
 * Rooms and broadcasts of several nodes over Redis, for the `adapter` option.
 *
 * Speaks the wire of `@socket.io/redis-adapter`: both may serve one cluster, and published emitters reach it.
 *
 * @throws RookeryError `INVALID_OPTION` where a value cannot work.
 */
export function redisAdapter(options: RedisAdapterOptions): (nsp: AdapterHost) => ClusterAdapter {
  const resolved = resolve(options);
  const hubOf = perServer(() => new RedisHub(resolved, resolved.sharded));
  const Link = resolved.sharded ? ShardedLink : links[resolved.wire];
  return (nsp) => new ClusterAdapter(nsp, (channel) => new Link(channel, hubOf(nsp), resolved), options);
}
