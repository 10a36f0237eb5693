import { ClusterAdapter, RecoveringClusterAdapter, type AdapterHost } from '../../adapter/index.js';
import { NatsHub } from './nats-hub.js';
import { NatsLink } from './nats-link.js';
import { StreamLink } from './stream-link.js';
import { resolve, type NatsAdapterOptions } from './options.js';

/**
 * Rooms and broadcasts of several nodes over NATS, for the `adapter` option.
 *
 * With `recovery`, JetStream keeps broadcasts and sessions: clients go on on any node.
 *
 * @throws RookeryError `INVALID_OPTION` where a value cannot work.
 */
export function natsAdapter(options: NatsAdapterOptions): (nsp: AdapterHost) => ClusterAdapter {
  const resolved = resolve(options);
  const hub = new NatsHub(resolved);
  const { recovery } = resolved;
  if (recovery !== undefined) {
    return (nsp) => new RecoveringClusterAdapter(nsp, (channel) => new StreamLink(channel, hub, recovery), options);
  }
  return (nsp) => new ClusterAdapter(nsp, (channel) => new NatsLink(channel, hub), options);
}
