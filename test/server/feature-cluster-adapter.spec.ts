import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { ClusterAdapterWithHeartbeat, type ClusterMessage, type ClusterResponse } from 'socket.io-adapter';
import type { ServerOptions } from '../../lib/server/index.js';
import { startTestServer, type TestServer } from '../../lib/testing/index.js';
import { member, next, received, until } from './support.js';

/** A bus between the servers of one process; what goes over it is a copy, as on any other. */
class Bus extends EventEmitter {
  isBroken = false;

  /** An adapter on the bus, made of the published base class, as the adapters of other buses are. */
  adapter(): NonNullable<ServerOptions['adapter']> {
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const bus = this;
    class BusAdapter extends ClusterAdapterWithHeartbeat {
      readonly #onMessage = (message: ClusterMessage): void => void this.onMessage(structuredClone(message));
      readonly #onResponse = (response: ClusterResponse): void => this.onResponse(structuredClone(response) as never);

      constructor(nsp: { name: string }) {
        super(nsp, { heartbeatInterval: 50, heartbeatTimeout: 500 });
        bus.on(`message ${nsp.name}`, this.#onMessage);
        bus.on(`response ${nsp.name} ${this.uid}`, this.#onResponse);
      }

      override close(): void {
        super.close();
        bus.off(`message ${this.nsp.name}`, this.#onMessage);
        bus.off(`response ${this.nsp.name} ${this.uid}`, this.#onResponse);
      }

      protected override doPublish(message: ClusterMessage): Promise<string> {
        if (bus.isBroken) return Promise.reject(new Error('the bus is broken'));
        setImmediate(() => bus.emit(`message ${message.nsp}`, message));
        return Promise.resolve('0');
      }

      protected override doPublishResponse(uid: string, response: ClusterResponse): Promise<void> {
        setImmediate(() => bus.emit(`response ${response.nsp} ${uid}`, response));
        return Promise.resolve();
      }
    }
    return BusAdapter as never;
  }
}

/** Two servers that know of each other. */
async function startTwo(bus: Bus): Promise<[TestServer, TestServer]> {
  const options = { adapter: bus.adapter(), log: false as const };
  const servers: [TestServer, TestServer] = [
    await startTestServer(undefined, options),
    await startTestServer(undefined, options),
  ];
  const counts = [0, 0];
  await until(() => {
    for (const [index, { io }] of servers.entries()) {
      void io.sockets.adapter.serverCount().then((count) => (counts[index] = count));
    }
    return counts.every((count) => count === 2);
  });
  return servers;
}

describe('an adapter made of the published ClusterAdapterWithHeartbeat', () => {
  it('carries broadcasts to the other server, and local ones not', async () => {
    const [first, second] = await startTwo(new Bus());
    await using _first = first;
    await using _second = second;
    const [here, there] = [await member(first), await member(second)];
    await there.socket.join('a');
    first.io.local.emit('here');
    first.io.to('a').emit('there', Buffer.of(1));
    expect(await there.client.next()).toBe('451-["there",{"_placeholder":true,"num":0}]');
    expect(await there.client.next()).toEqual(Buffer.of(1));
    expect(await received(here)).toEqual(['42["here"]']);
  });

  it('collects the answers of the clients of every server', async () => {
    const [first, second] = await startTwo(new Bus());
    await using _first = first;
    await using _second = second;
    const clients = [(await member(first)).client, (await member(second)).client];
    const answers = first.io.timeout(1_000).emitWithAck('who');
    for (const [index, client] of clients.entries()) {
      const [, id] = /^42(\d+)/.exec(String(await client.next()))!;
      client.send(`43${id}["${index}"]`);
    }
    expect((await answers).toSorted()).toEqual(['0', '1']);
  });

  it('shows, moves and disconnects the sockets of the other server', async () => {
    const [first, second] = await startTwo(new Bus());
    await using _first = first;
    await using _second = second;
    const { client, socket } = await member(second);
    socket.data = { name: 'ada' };
    const [remote] = await first.io.fetchSockets();
    expect(remote).toMatchObject({ id: socket.id, data: { name: 'ada' } });
    expect(remote!.rooms).toEqual(new Set([socket.id]));
    remote!.join('a');
    await until(() => socket.rooms.has('a'));
    first.io.in('a').socketsLeave('a');
    await until(() => !socket.rooms.has('a'));
    remote!.disconnect();
    expect(await client.next()).toBe('41');
  });

  it('sends events to the other server, and collects its answer', async () => {
    const [first, second] = await startTwo(new Bus());
    await using _first = first;
    await using _second = second;
    second.io.on('sum', (a: number, b: number, answer: (sum: number) => void) => answer(a + b));
    expect(await first.io.serverSideEmitWithAck('sum', 1, 2)).toEqual([3]);
    const heard = next(second.io, 'hi');
    first.io.serverSideEmit('hi', 'there');
    expect(await heard).toEqual(['there']);
  });

  it('still reaches the clients of this server when nothing can be published', async () => {
    const bus = new Bus();
    const [first, second] = await startTwo(bus);
    await using _first = first;
    await using _second = second;
    const [here, there] = [await member(first), await member(second)];
    bus.isBroken = true;
    first.io.emit('local at least');
    expect(await here.client.next()).toBe('42["local at least"]');
    expect(await received(there)).toEqual([]);
  });

  it('no longer counts a server that has closed', async () => {
    const [first, second] = await startTwo(new Bus());
    await using _first = first;
    await second.close();
    let count = 0;
    await until(() => {
      void first.io.sockets.adapter.serverCount().then((servers) => (count = servers));
      return count === 1;
    });
    expect(await first.io.fetchSockets()).toEqual([]);
  });
});
