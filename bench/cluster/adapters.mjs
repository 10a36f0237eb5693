// The adapters that are measured, by bus, client library and name; the published one of each is what the others stand beside.
import Redis from 'ioredis';
import pg from 'pg';
import { createClient } from 'redis';

const redis = {
  async ioredis(port) {
    return new Redis(port, '127.0.0.1');
  },
  async redis(port) {
    const client = createClient({ url: `redis://127.0.0.1:${port}` });
    client.on('error', () => {});
    await client.connect();
    return client;
  },
};

const overRedis = (connect) => ({
  async published(port, key) {
    const { createAdapter } = await import('@socket.io/redis-adapter');
    return createAdapter(await connect(port), await connect(port), { key });
  },
  async classic(port, key) {
    const { redisAdapter } = await import('rookery/redis');
    return redisAdapter({ client: await connect(port), key });
  },
  async batched(port, key) {
    const { redisAdapter } = await import('rookery/redis');
    return redisAdapter({ client: await connect(port), key, wire: 'batched' });
  },
  /** A connection that listens to one channel: what a process costs that is told nothing. */
  async idle(port) {
    const client = await connect(port);
    await client.subscribe('a channel of nobody', () => {});
  },
});

// Nothing is cut off before it is read.
const maxLen = 1_000_000;
const overStreams = (connect) => ({
  async published(port, streamName) {
    const { createAdapter } = await import('@socket.io/redis-streams-adapter');
    return createAdapter(await connect(port), { streamName, maxLen });
  },
  async own(port, streamName) {
    const { redisStreamsAdapter } = await import('rookery/redis-streams');
    return redisStreamsAdapter({ client: await connect(port), streamName, channelPrefix: streamName, maxLen });
  },
  idle: overRedis(connect).idle,
});

const pool = (port) => new pg.Pool({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });

/** Of each group the server it needs, and its adapters. */
export const groups = {
  ioredis: { server: 'redis', adapters: overRedis(redis.ioredis) },
  redis: { server: 'redis', adapters: overRedis(redis.redis) },
  'streams ioredis': { server: 'redis', adapters: overStreams(redis.ioredis) },
  postgres: {
    server: 'postgres',
    adapters: {
      async published(port, channelPrefix) {
        const { createAdapter } = await import('@socket.io/postgres-adapter');
        const own = pool(port);
        await own.query(`CREATE TABLE IF NOT EXISTS socket_io_attachments
          (id bigserial UNIQUE, created_at timestamptz DEFAULT NOW(), payload bytea)`);
        return createAdapter(own, { channelPrefix });
      },
      async own(port, channelPrefix) {
        const { postgresAdapter } = await import('rookery/postgres');
        return postgresAdapter({ pool: pool(port), channelPrefix });
      },
      async idle(port) {
        const client = await pool(port).connect();
        await client.query('LISTEN nobody');
      },
    },
  },
  nats: {
    server: 'nats',
    adapters: {
      async own(port, prefix) {
        const { natsAdapter } = await import('rookery/nats');
        return natsAdapter({ servers: `127.0.0.1:${port}`, prefix });
      },
      async idle(port) {
        const { connect } = await import('@nats-io/transport-node');
        (await connect({ servers: `127.0.0.1:${port}` })).subscribe('nobody');
      },
    },
  },
};
