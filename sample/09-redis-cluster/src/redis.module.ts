import { Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Cluster, Redis } from 'ioredis';
import { SOCKET_ADAPTER } from 'rookery';
import { redisAdapter } from 'rookery/redis';

/**
 * The connection to Redis, made once for all that need it.
 *
 * `REDIS_NODES` are nodes of a Redis Cluster, as `host:port` with commas between them; `REDIS_URL` is a single Redis.
 */
@Injectable()
export class RedisConnection implements OnApplicationShutdown {
  readonly client: Redis | Cluster;

  constructor() {
    const { REDIS_NODES: nodes, REDIS_URL: url } = process.env;
    if ((nodes === undefined) === (url === undefined)) throw new Error('Set one of REDIS_NODES and REDIS_URL');
    this.client = url === undefined ? new Cluster(nodes!.split(',').map(addressOf)) : new Redis(url);
    this.client.on('error', ({ message }: Error) => console.warn(`Redis: ${message}`));
  }

  get isCluster(): boolean {
    return this.client.isCluster;
  }

  /** The adapter has said goodbye by then. */
  onApplicationShutdown(): void {
    this.client.disconnect();
  }
}

function addressOf(node: string): { host: string; port: number } {
  const { hostname, port } = new URL(`redis://${node}`);
  return { host: hostname, port: Number(port) || 6379 };
}

@Module({
  providers: [
    RedisConnection,
    {
      provide: SOCKET_ADAPTER,
      inject: [RedisConnection],
      // Sharded channels: each message is for one shard of the cluster alone.
      useFactory: ({ client, isCluster }: RedisConnection) => redisAdapter({ client, sharded: isCluster }),
    },
  ],
  exports: [SOCKET_ADAPTER],
})
export class RedisModule {}
