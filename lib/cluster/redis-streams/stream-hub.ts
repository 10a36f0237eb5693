import { RedisHub, type Connections, type ReachableListener } from '../redis-common/redis-hub.js';
import type { ResolvedStreamsOptions } from './options.js';
import { Stream } from './stream.js';

/** The connections that the namespaces of a server share, and the streams that are read over some of them. */
export class StreamHub {
  readonly options: ResolvedStreamsOptions;
  readonly redis: RedisHub;
  readonly #streams = new Map<string, Stream>();

  constructor(options: ResolvedStreamsOptions) {
    this.options = options;
    this.redis = new RedisHub(options, options.useShardedPubSub);
  }

  join(user: ReachableListener): Promise<Connections> {
    return this.redis.join(user);
  }

  /** The stream of that name, read from now on. */
  stream(name: string, { driver }: Connections): Stream {
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      stream = new Stream(name, () => driver.connect(name), this.options);
      this.#streams.set(name, stream);
    }
    return stream;
  }

  /** A namespace lets go of its stream; the last one closes it. */
  letGo(name: string, namespace: string): void {
    const stream = this.#streams.get(name);
    if (stream?.leave(namespace) !== true) return;
    this.#streams.delete(name);
    stream.close();
  }
}
