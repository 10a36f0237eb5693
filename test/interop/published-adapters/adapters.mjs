import { createAdapter as createClusterAdapter } from '@socket.io/cluster-adapter';
import { createAdapter as createPostgresAdapter } from '@socket.io/postgres-adapter';
import { createAdapter as createRedisAdapter, createShardedAdapter } from '@socket.io/redis-adapter';
import { createAdapter as createStreamsAdapter } from '@socket.io/redis-streams-adapter';
import { connect as connectNats } from '@nats-io/transport-node';
import Redis from 'ioredis';
import pg from 'pg';
import { createClient } from 'redis';
import { nodeClusterAdapter } from 'rookery/node-cluster';

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
  return async ({ redisPort, adapterOptions }) => {
    const [publisher, subscriber] = await Promise.all([connect(redisPort), connect(redisPort)]);
    // Commands of one connection are done in their order: behind the answer, all that was asked before is done.
    const settle = () => Promise.all([publisher.ping(), subscriber.ping()]);
    return { adapter: create(publisher, subscriber, adapterOptions), settle };
  };
}

function overStreams(connect) {
  return async ({ redisPort, adapterOptions }) => {
    const client = await connect(redisPort);
    return { adapter: createStreamsAdapter(client, adapterOptions), settle: () => client.ping() };
  };
}

async function overPostgres({ postgresPort, adapterOptions }) {
  // One connection listens; with one other, notifications are sent in their order.
  const pool = new pg.Pool({ host: '127.0.0.1', port: postgresPort, user: 'postgres', max: 2 });
  pool.on('error', () => {});
  return {
    adapter: createPostgresAdapter(pool, { ...heartbeat, ...adapterOptions }),
    settle: () => pool.query('SELECT 1'),
  };
}

/** The adapter of each server, where a cluster is mixed. */
const nodeClusterAdapters = { rookery: nodeClusterAdapter, 'socket.io': createClusterAdapter };

function overNodeCluster(create) {
  return ({ adapterOptions }) => ({ adapter: create({ ...heartbeat, ...adapterOptions }), settle: () => {} });
}

/** Ours, over a client of its own. */
function ownRedis(library, options = {}) {
  return async ({ redisPort, adapterOptions }) => {
    const { redisAdapter } = await import('rookery/redis');
    const client = await clients[library](redisPort);
    const adapter = redisAdapter({ client, ...heartbeat, ...options, ...adapterOptions });
    // Joining waits until it is subscribed; what it publishes leaves with the turn of the event loop.
    const settle = async () => {
      await new Promise(setImmediate);
      await client.ping();
    };
    return { adapter, settle };
  };
}

/** Ours over PostgreSQL, with a connection of its own or one of a pool. */
function ownPostgres(options, isPassed = false) {
  return async ({ postgresPort, adapterOptions }) => {
    const { postgresAdapter } = await import('rookery/postgres');
    const connection = { host: '127.0.0.1', port: postgresPort, user: 'postgres' };
    const pool = new pg.Pool({ ...connection, max: 2 });
    pool.on('error', () => {});
    const access = isPassed ? { pool } : { connection };
    const adapter = postgresAdapter({ ...access, ...heartbeat, ...options, ...adapterOptions });
    // What it publishes leaves with the turn of the event loop.
    const settle = async () => {
      await new Promise(setImmediate);
      await pool.query('SELECT 1');
    };
    return { adapter, settle };
  };
}

/** Ours over NATS, with a connection of its own or one that it is given. */
function overNats(options, isPassed = false) {
  return async ({ natsPort, adapterOptions }) => {
    const { natsAdapter } = await import('rookery/nats');
    const servers = `127.0.0.1:${natsPort}`;
    const connection = await connectNats({ servers });
    const access = isPassed ? { connection } : { servers };
    const adapter = natsAdapter({ ...access, ...heartbeat, ...options, ...adapterOptions });
    // What it publishes leaves with the turn of the event loop; what NATS has taken before the answer comes before it.
    const settle = async () => {
      await new Promise(setImmediate);
      await connection.flush();
    };
    return { adapter, settle };
  };
}

/** Ours over streams, over a client of its own. */
function ownStreams(library, options = {}) {
  return async ({ redisPort, adapterOptions }) => {
    const { redisStreamsAdapter } = await import('rookery/redis-streams');
    const client = await clients[library](redisPort);
    const adapter = redisStreamsAdapter({ client, ...heartbeat, ...options, ...adapterOptions });
    // What it writes leaves with the turn of the event loop, over a connection of its own, which Redis reads meanwhile.
    const settle = async () => {
      for (let turn = 0; turn < 3; turn++) {
        await new Promise(setImmediate);
        await client.ping();
      }
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
      [`own redis streams (${name})`, ownStreams(name)],
      [`own batched redis (${name})`, ownRedis(name, { wire: 'batched' })],
      [`own sharded redis (${name})`, ownRedis(name, { sharded: true })],
    ]),
  ),
  nats: overNats({}),
  'nats (passed connection)': overNats({}, true),
  jetstream: overNats({ recovery: { storage: 'memory' } }),
  postgres: overPostgres,
  'own postgres': ownPostgres({}),
  'own postgres (pool)': ownPostgres({}, true),
  'own postgres (recovery)': ownPostgres({ recovery: true }),
  cluster: overNodeCluster(createClusterAdapter),
  'rookery/node-cluster': overNodeCluster(nodeClusterAdapter),
  'node-cluster of each server': (parameters) => overNodeCluster(nodeClusterAdapters[parameters.server])(parameters),
};
