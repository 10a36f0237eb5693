import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { natsAdapter } from '../../lib/cluster/nats/index.js';
import { load, peers } from '../../lib/cluster/peers.js';
import { postgresAdapter } from '../../lib/cluster/postgres/index.js';
import { redisAdapter } from '../../lib/cluster/redis/index.js';
import { BareNodes } from './bare-nodes.js';

describe('a library that is not installed', () => {
  const nodes = new BareNodes();
  afterEach(async () => {
    jest.restoreAllMocks();
    await nodes.close();
  });

  it.each([
    ['notepack.io', 'rookery/nats', natsAdapter({ servers: 'x' })],
    ['@nats-io/transport-node', 'rookery/nats', natsAdapter({ servers: 'x' })],
    ['notepack.io', 'rookery/postgres', postgresAdapter({ connection: {} })],
    ['pg', 'rookery/postgres', postgresAdapter({ connection: {} })],
    ['notepack.io', 'rookery/redis', redisAdapter({ url: 'redis://x' })],
    ['ioredis', 'An adapter over Redis', redisAdapter({ url: 'redis://x' })],
    ['redis', 'An adapter over Redis', redisAdapter({ url: 'redis://x', library: 'redis' })],
  ] as const)('%s, is named with the command that installs it, by %s', async (name, entry, create) => {
    jest.spyOn(peers, name).mockRejectedValue(new Error('Cannot find package'));
    await expect(nodes.start(create)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: `${entry} needs ${name}: npm install ${name}`,
    });
  });

  it('is loaded where it is there', async () => {
    expect((await load('notepack.io', 'rookery/nats')).encode([1])).toEqual(Buffer.from([0x91, 1]));
  });
});
