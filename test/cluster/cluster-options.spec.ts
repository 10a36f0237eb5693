import { describe, expect, it } from '@jest/globals';
import type { AdapterHost, ClusterAdapter, ClusterOptions } from '../../lib/adapter/index.js';
import { natsAdapter } from '../../lib/cluster/nats/index.js';
import { nodeClusterAdapter } from '../../lib/cluster/node-cluster/index.js';
import { postgresAdapter } from '../../lib/cluster/postgres/index.js';
import { redisStreamsAdapter } from '../../lib/cluster/redis-streams/index.js';
import { redisAdapter } from '../../lib/cluster/redis/index.js';
import { RecordingHost } from '../contract/adapter.contract.js';

type Factory = (options: ClusterOptions) => (nsp: AdapterHost) => ClusterAdapter;

const factories: readonly [name: string, Factory][] = [
  ['redisAdapter()', (options) => redisAdapter({ url: 'redis://x', ...options })],
  ['redisStreamsAdapter()', (options) => redisStreamsAdapter({ url: 'redis://x', ...options })],
  ['natsAdapter()', (options) => natsAdapter({ servers: 'x', ...options })],
  ['natsAdapter() with recovery', (options) => natsAdapter({ servers: 'x', recovery: true, ...options })],
  ['postgresAdapter()', (options) => postgresAdapter({ connection: {}, ...options })],
  ['postgresAdapter() with recovery', (options) => postgresAdapter({ connection: {}, recovery: true, ...options })],
];

const host = (recovers: boolean): AdapterHost =>
  Object.assign(new RecordingHost(), recovers && { server: { recovery: { maxDisconnectionDuration: 1 } } });

describe.each(['heartbeatInterval', 'heartbeatTimeout', 'requestsTimeout'] as const)('%s', (option) => {
  it.each(factories)('is handed on to its adapter by %s', (_name, factory) => {
    for (const recovers of [false, true]) {
      expect(() => factory({ [option]: 0 })(host(recovers))).toThrow(`${option} is a number above 0, not 0`);
      expect(() => factory({ [option]: 1 })(host(recovers))).not.toThrow();
    }
  });

  it('is handed on to its adapter by nodeClusterAdapter()', () => {
    expect(() => nodeClusterAdapter({ [option]: 0 })(host(false))).toThrow(`${option} is a number above 0, not 0`);
  });
});
