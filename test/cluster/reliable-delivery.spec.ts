import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { io as connect, receiveReliably, type Socket } from '../../lib/client/node/index.js';
import { Cluster, eventually, type ClusterDescription } from '../interop/published-adapters/cluster.js';
import {
  natsBroker,
  postgresBroker,
  redisBroker,
  type ClusterNode,
} from '../interop/published-adapters/cluster-node.js';
import { Reroute } from '../interop/published-adapters/reroute.js';
import { describeWith } from '../support/debian.js';
import { deliveryBuses } from './delivery-buses.js';

const buses: typeof deliveryBuses = [
  ...deliveryBuses,
  ['own sharded redis (node-redis)', redisBroker],
  ['own postgres (recovery)', postgresBroker],
  ['jetstream', natsBroker],
];

for (const [adapter, broker] of buses) {
  const description: ClusterDescription = {
    broker,
    adapter,
    nodes: ['rookery', 'rookery'],
    options: { reliableDelivery: true },
  };

  describeWith(broker.needs, `reliable delivery by servers in several processes, over ${adapter}`, () => {
    let cluster: Cluster;
    const closing: (() => unknown)[] = [];
    jest.setTimeout(60_000);

    beforeAll(async () => {
      cluster = await Cluster.start(description);
      for (const node of [cluster.a, cluster.b]) await letIn(node);
    }, 60_000);
    afterEach(async () => {
      for (const close of closing.splice(0)) await close();
    });
    afterAll(() => cluster?.stop(), 60_000);

    /** Whoever comes is in the room that it names. */
    const letIn = (node: ClusterNode): Promise<void> =>
      node.evaluate((io) => {
        io.on('connection', (socket) => void socket.join(String(socket.handshake.auth['room'])));
      });
    const emit = (node: ClusterNode, room: string, ...values: number[]): Promise<void> =>
      node.evaluate(
        async (io, to, ...all) => {
          for (const value of all) await io.to(to).emitReliable('news', value);
        },
        room,
        ...values,
      );
    const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);

    /** A client of one node, that can be led to the other one. */
    async function receive(room: string): Promise<{ socket: Socket; got: unknown[]; reroute: Reroute }> {
      const reroute = await Reroute.start();
      const options = { transports: ['websocket'], forceNew: true, reconnectionDelay: 10, reconnectionDelayMax: 50 };
      const socket = connect(reroute.url, { ...options, auth: { room } });
      closing.push(
        () => socket.disconnect(),
        () => reroute.stop(),
      );
      receiveReliably(socket);
      const got: unknown[] = [];
      socket.on('news', (...args: unknown[]) => void got.push(args.length === 1 ? args[0] : args));
      let isThere = false;
      socket.on('hello', () => (isThere = true));
      reroute.lead(cluster.a.url);
      // From then on it knows where it stands.
      await eventually('it takes part', async () => {
        await cluster.b.evaluate((io, to) => io.to(to).emitReliable('hello'), room);
        return isThere;
      });
      return { socket, got, reroute };
    }

    it('brings what a client has missed to it at another node, in order and once', async () => {
      const { got, reroute } = await receive('away');
      await emit(cluster.b, 'away', ...numbers(1, 20));
      await eventually('it has what was sent while it was there', async () => got.length === 20);
      reroute.cut();
      await emit(cluster.a, 'away', ...numbers(21, 35));
      await emit(cluster.b, 'away', ...numbers(36, 150));
      reroute.lead(cluster.b.url);
      await eventually('it has what it has missed', async () => got.length >= 150);
      await emit(cluster.a, 'away', 151);
      await eventually('it has what came then', async () => got.length >= 151);
      expect(got).toEqual(numbers(1, 151));
    });

    it('loses nothing and brings nothing twice while connections are cut and others write', async () => {
      const { socket, got, reroute } = await receive('busy');
      const writing = Promise.all([
        emit(cluster.a, 'busy', ...numbers(1, 300)),
        emit(cluster.b, 'busy', ...numbers(1_001, 1_300)),
      ]);
      for (const node of [cluster.b, cluster.a, cluster.b]) {
        reroute.cut();
        await eventually('it is away', async () => !socket.connected);
        reroute.lead(node.url);
        await eventually('it is there again', async () => socket.connected);
      }
      await writing;
      await eventually('all has come', async () => got.length >= 600);
      const [first, second] = [(each: unknown) => Number(each) <= 300, (each: unknown) => Number(each) > 300];
      expect(got.filter(first)).toEqual(numbers(1, 300));
      expect(got.filter(second)).toEqual(numbers(1_001, 1_300));
    });
  });
}
