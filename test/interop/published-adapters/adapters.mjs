import { createAdapter as createClusterAdapter } from '@socket.io/cluster-adapter';
import { createAdapter as createPostgresAdapter } from '@socket.io/postgres-adapter';
import { createAdapter as createRedisAdapter, createShardedAdapter } from '@socket.io/redis-adapter';
import { createAdapter as createStreamsAdapter } from '@socket.io/redis-streams-adapter';
import Redis from 'ioredis';
import pg from 'pg';
import { createClient } from 'redis';

const heartbeat = { heartbeatInterval: 1_000, heartbeatTimeout: 5_000 };

async function nodeRedis(port) {
  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  client.on('error', () => {});
  await client.connect();
  return client;
}

function ioRedis(port) {
  const client = new Redis(port, '127.0.0.1');
  client.on('error', () => {});
  return client;
}

const clients = { 'node-redis': nodeRedis, ioredis: ioRedis };

function overPubSub(create, connect) {
  return async ({ redisPort }) => {
    const [publisher, subscriber] = await Promise.all([connect(redisPort), connect(redisPort)]);
    // Commands of one connection are done in their order: behind the answer, all that was asked before is done.
    const settle = () => Promise.all([publisher.ping(), subscriber.ping()]);
    return { adapter: create(publisher, subscriber), settle };
  };
}

function overStreams(connect) {
  return async ({ redisPort }) => {
    const client = await connect(redisPort);
    return { adapter: createStreamsAdapter(client), settle: () => client.ping() };
  };
}

async function overPostgres({ postgresPort }) {
  // One connection listens; with one other, notifications are sent in their order.
  const pool = new pg.Pool({ host: '127.0.0.1', port: postgresPort, user: 'postgres', max: 2 });
  pool.on('error', () => {});
  return { adapter: createPostgresAdapter(pool, heartbeat), settle: () => pool.query('SELECT 1') };
}

function overNodeCluster() {
  return { adapter: createClusterAdapter(heartbeat), settle: () => {} };
}

/** Ours, over a client of its own. */
function ownRedis(library, options = {}) {
  return async ({ redisPort }) => {
    const { redisAdapter } = await import('rookery/redis');
    const client = await clients[library](redisPort);
    const adapter = redisAdapter({ client, ...heartbeat, requestsTimeout: 4_000, ...options });
    // Joining waits until it is subscribed; what it publishes leaves with the turn of the event loop.
    const settle = async () => {
      await new Promise(setImmediate);
      await client.ping();
    };
    return { adapter, settle };
  };
}

/** How each adapter is made: the option of the server, and a way to wait for what it has asked of its broker. */
export const adapters = {
  ...Object.fromEntries(
    Object.entries(clients).flatMap(([name, connect]) => [
      [`redis (${name})`, overPubSub(createRedisAdapter, connect)],
      [`sharded redis (${name})`, overPubSub(createShardedAdapter, connect)],
      [`redis streams (${name})`, overStreams(connect)],
      [`own redis (${name})`, ownRedis(name)],
      [`own batched redis (${name})`, ownRedis(name, { wire: 'batched' })],
      [`own sharded redis (${name})`, ownRedis(name, { sharded: true })],
    ]),
  ),
  postgres: overPostgres,
  cluster: overNodeCluster,
};
