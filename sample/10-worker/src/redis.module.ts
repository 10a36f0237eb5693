import { Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { SOCKET_ADAPTER } from 'rookery';
import { redisAdapter } from 'rookery/redis';

/** The connection to Redis, which the queue and the adapter share. */
@Injectable()
export class RedisConnection implements OnApplicationShutdown {
  readonly client = new Redis(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379');

  constructor() {
    this.client.on('error', ({ message }: Error) => console.warn(`Redis: ${message}`));
  }

  onApplicationShutdown(): void {
    this.client.disconnect();
  }
}

/** The same for servers and workers: that is how they reach each other. */
@Module({
  providers: [
    RedisConnection,
    {
      provide: SOCKET_ADAPTER,
      inject: [RedisConnection],
      useFactory: ({ client }: RedisConnection) => redisAdapter({ client }),
    },
  ],
  exports: [RedisConnection, SOCKET_ADAPTER],
})
export class RedisModule {}
