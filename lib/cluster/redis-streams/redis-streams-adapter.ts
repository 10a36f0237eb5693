import { ClusterAdapter, RecoveringClusterAdapter, type AdapterHost } from '../../adapter/index.js';
import { perServer } from '../per-server.js';
import { resolve, type RedisStreamsAdapterOptions } from './options.js';
import { StreamHub } from './stream-hub.js';
import { StreamsLink } from './streams-link.js';

/**
 * Rooms and broadcasts of several nodes over Redis streams, for the `adapter` option.
 *
 * With `connectionStateRecovery`, clients go on where they were on whatever node they come back to. Speaks the wire of
 * `@socket.io/redis-streams-adapter`: both may serve one cluster.
 *
 * @throws RookeryError `INVALID_OPTION` where a value cannot work.
 */
export function redisStreamsAdapter(options: RedisStreamsAdapterOptions): (nsp: AdapterHost) => ClusterAdapter {
  const resolved = resolve(options);
  const hubOf = perServer(() => new StreamHub(resolved));
  return (nsp) => {
    const hub = hubOf(nsp);
    const recovery = nsp.server?.recovery;
    // Who cannot come back is told no offsets.
    if (recovery === undefined) return new ClusterAdapter(nsp, (channel) => new StreamsLink(channel, hub, 0), options);
    const { maxDisconnectionDuration } = recovery;
    return new RecoveringClusterAdapter(
      nsp,
      (channel) => new StreamsLink(channel, hub, maxDisconnectionDuration),
      options,
    );
  };
}
