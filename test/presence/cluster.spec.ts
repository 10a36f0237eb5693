import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Presence, PresenceOptions } from '../../lib/presence/index.js';
import type { Server } from '../../lib/server/index.js';
import { Cluster, eventually } from '../interop/published-adapters/cluster.js';
import {
  nodeClusterBroker,
  redisBroker,
  type BrokerKind,
  type ClusterNode,
} from '../interop/published-adapters/cluster-node.js';
import { describeWith } from '../support/debian.js';

/** A server as these functions leave it in its process. */
interface Node extends Server {
  readonly presences: Record<string, Presence>;
  readonly told: string[];
}

/** In the main namespace silence is noticed soon; in this one, not as long as this specification lasts. */
const patient = '/patient';
const options: Record<string, PresenceOptions> = {
  '/': { heartbeatInterval: 300, heartbeatTimeout: 2_000, rooms: 'room:{id}' },
  [patient]: { heartbeatInterval: 300_000, heartbeatTimeout: 600_000, rooms: 'room:{id}' },
};

/** Gives a node its presences; they are members by the name that clients come with. */
async function equip(node: ClusterNode): Promise<void> {
  const make = async (io: Server, all: Record<string, PresenceOptions>): Promise<void> => {
    const name = 'rookery/presence';
    const { presenceOf } = (await import(name)) as {
      presenceOf(namespace: unknown, options: PresenceOptions): Presence;
    };
    const told: string[] = [];
    const presences: Record<string, Presence> = {};
    for (const [path, more] of Object.entries(all)) {
      const key = (socket: { handshake: { auth: { name: string } } }): string => socket.handshake.auth.name;
      const presence = presenceOf(io.of(path), { ...more, key: key as never });
      presence.on('join', (room, member) => told.push(`join ${room} ${member.key}`));
      presence.on('leave', (room, member, reason) => told.push(`leave ${room} ${member.key}: ${reason}`));
      presences[path] = presence;
      io.of(path).on('connection', (socket) => void socket.join('room:1'));
    }
    Object.assign(io, { presences, told });
  };
  await node.evaluate(make, options);
}

const keysOf = (node: ClusterNode, path = '/'): Promise<string[]> =>
  node.evaluate((io, name) => {
    const presence = (io as Node).presences[name]!;
    return presence
      .list('room:1')
      .map(({ key }) => key)
      .sort();
  }, path);

const toldBy = (node: ClusterNode): Promise<string[]> => node.evaluate((io) => (io as Node).told.splice(0));

async function untilAll(nodes: readonly ClusterNode[], keys: readonly string[], path = '/'): Promise<void> {
  for (const node of nodes) {
    await eventually(`${keys.join(', ') || 'nobody'} in the room`, async () => {
      return JSON.stringify(await keysOf(node, path)) === JSON.stringify(keys);
    });
  }
}

const kinds: [adapter: string, broker: BrokerKind][] = [
  ['own redis (ioredis)', redisBroker],
  ['redis (ioredis)', redisBroker],
  ['rookery/node-cluster', nodeClusterBroker('rookery')],
];

for (const [adapter, broker] of kinds) {
  describeWith(broker.needs, `presence over ${adapter}`, () => {
    let cluster: Cluster;
    jest.setTimeout(60_000);

    /** One more node, with a client; another node has one too. */
    const grow = async (name: string, path = '/'): Promise<ClusterNode> => {
      const node = await cluster.grow();
      await equip(node);
      await cluster.connect(cluster.a, 'ada');
      await cluster.connect(node, name, {}, path);
      return node;
    };

    /** The node is no longer asked for anything. */
    const release = async (node: ClusterNode): Promise<void> => {
      cluster.forget(node);
      await node.stop();
    };

    beforeAll(async () => {
      cluster = await Cluster.start({ broker, adapter, nodes: ['rookery', 'rookery'] });
      const { a, b } = cluster;
      await equip(a);
      await equip(b);
    }, 60_000);

    afterAll(() => cluster?.stop(), 60_000);

    it('is the same on all nodes, those that come later included', async () => {
      const { a, b } = cluster;
      const late = await cluster.grow();
      await cluster.connect(a, 'ada');
      const bob = await cluster.connect(b, 'bob');
      await untilAll([a, b], ['ada', 'bob']);
      await equip(late);
      await untilAll([late], ['ada', 'bob']);
      await cluster.connect(late, 'cy');
      await untilAll([a, b, late], ['ada', 'bob', 'cy']);
      const lists = [a, b, late].map((node) =>
        node.evaluate((io) => {
          const members = (io as Node).presences['/']!.list('room:1');
          return JSON.stringify(members.sort((one, other) => (one.key < other.key ? -1 : 1)));
        }),
      );
      expect(new Set(await Promise.all(lists)).size).toBe(1);
      bob.client.disconnect();
      await untilAll([a, b, late], ['ada', 'cy']);
      await release(late);
      await untilAll([a, b], ['ada']);
    });

    it('has the members of a node leave that is killed', async () => {
      const { a, b } = cluster;
      const killed = await grow('dee');
      await untilAll([a, b], ['ada', 'dee']);
      await toldBy(a);
      cluster.forget(killed);
      await killed.kill();
      await untilAll([a, b], ['ada']);
      expect(await toldBy(a)).toEqual(['leave room:1 dee: node lost']);
    });

    it('has the members of a node that stands still leave, and return when it resumes', async () => {
      const { a, b } = cluster;
      const still = await grow('eve');
      await untilAll([a, b, still], ['ada', 'eve']);
      await toldBy(a);
      await toldBy(still);
      still.signal('SIGSTOP');
      await untilAll([a, b], ['ada']);
      still.signal('SIGCONT');
      await untilAll([a, b, still], ['ada', 'eve']);
      expect(await toldBy(a)).toEqual(['leave room:1 eve: node lost', 'join room:1 eve']);
      // It was itself that was away: nobody has left.
      expect(await toldBy(still)).toEqual([]);
      await release(still);
      await untilAll([a, b], ['ada']);
    });

    it('has the members of a node that is closed leave at once', async () => {
      const { a, b } = cluster;
      const closed = await grow('fay', patient);
      await untilAll([a, b], ['fay'], patient);
      await toldBy(a);
      const nodes = (): Promise<number> => a.evaluate((io) => (io as Node).presences['/patient']!.stats().nodes);
      expect(await nodes()).toBe(1);
      await closed.evaluate((io) => io.close());
      // Silence would be noticed in ten minutes.
      await untilAll([a, b], [], patient);
      await eventually('the node is forgotten', async () => (await nodes()) === 0);
      expect(await toldBy(a)).toEqual(['leave room:1 fay: disconnected']);
      await release(closed);
    });

    it('was understood by everyone', async () => {
      const { a, b } = cluster;
      for (const node of [a, b]) {
        expect(await node.evaluate((io) => (io as Node).presences['/']!.stats().malformed)).toBe(0);
        expect(await node.logged()).toEqual([]);
      }
      await cluster.clear();
      await untilAll([a, b], []);
    });
  });
}
