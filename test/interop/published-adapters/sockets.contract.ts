import { describe, expect, it } from '@jest/globals';
import type { Server } from '../../../lib/server/index.js';
import { next } from '../../support/clients.js';
import { eventually, type Cluster, type Member } from './cluster.js';

type Ack = (...args: unknown[]) => void;

const fetchIds = async (io: Server, room: string): Promise<string[]> =>
  (await io.in(room).fetchSockets()).map(({ id }) => id);

/** Sockets as the acting node sees them, wherever they are, and what it does to them. */
export function describeSockets(current: () => Cluster): void {
  const ids = (...members: Member[]): string[] => members.map(({ client }) => client.id!).sort();
  const inRoom = async (room: string): Promise<string[]> => (await current().a.evaluate(fetchIds, room)).sort();
  const comesToBe = (room: string, members: Member[]): Promise<unknown> =>
    eventually(`${room} has ${members.length} members`, async () => {
      return (await inRoom(room)).join() === ids(...members).join();
    });

  describe('the sockets of a cluster', () => {
    it('are fetched from both nodes', async () => {
      const { a1, a2, b1, b2 } = await current().members();
      const found = await current().a.evaluate(async (io) => (await io.fetchSockets()).map(({ id }) => id));
      expect(found.sort()).toEqual(ids(a1, a2, b1, b2));
    });

    it('are fetched by room, without those of other rooms', async () => {
      const { a1, a2, b1, b2 } = await current().members();
      expect(await inRoom('red')).toEqual(ids(a1, b1));
      expect(await inRoom('b')).toEqual(ids(b2));
      expect(await inRoom('empty')).toEqual([]);
      const others = await current().a.evaluate(async (io) =>
        (await io.except('red').fetchSockets()).map(({ id }) => id),
      );
      expect(others.sort()).toEqual(ids(a2, b2));
    });

    it('are fetched on their own node when it is local', async () => {
      const { a1, a2 } = await current().members();
      const found = await current().a.evaluate(async (io) => (await io.local.fetchSockets()).map(({ id }) => id));
      expect(found.sort()).toEqual(ids(a1, a2));
    });

    it('are counted on their own node by allSockets', async () => {
      const { a1, a2 } = await current().members();
      const all = await current().a.evaluate(async (io) => [...(await io.allSockets())]);
      expect(all.sort()).toEqual(ids(a1, a2));
      const red = await current().a.evaluate(async (io) => [...(await io.in('red').allSockets())]);
      expect(red).toEqual(ids(a1));
    });

    it('show their rooms, data and handshake on the other node', async () => {
      const { b1 } = await current().members();
      const shown = { name: 'zwölf', list: [1, { deep: null }] };
      await current().b.evaluate(
        (io, id, data) => void (io.sockets.sockets.get(id)!.data = data),
        b1.client.id!,
        shown,
      );
      const [found] = await current().a.evaluate(async (io, id) => {
        const sockets = await io.in(id).fetchSockets();
        return sockets.map(({ rooms, data, handshake }) => ({ rooms, data: data as unknown, handshake }));
      }, b1.client.id!);
      expect(found!.rooms).toEqual(new Set([b1.client.id!, 'red', 'ones']));
      expect(found!.data).toEqual(shown);
      expect(found!.handshake).toMatchObject({
        auth: { name: 'b1' },
        query: { EIO: '4', transport: 'websocket' },
        address: '127.0.0.1',
        secure: false,
        xdomain: false,
        time: expect.any(String),
        issued: expect.any(Number),
        url: expect.stringMatching(/^\/socket\.io\/\?EIO=4/),
        headers: { connection: 'Upgrade' },
      });
    });

    it('join and leave rooms on both nodes', async () => {
      const { a1, a2, b1, b2 } = await current().members();
      await current().a.evaluate((io) => io.in('red').socketsJoin(['green', 'yellow']));
      await comesToBe('green', [a1, b1]);
      await comesToBe('yellow', [a1, b1]);
      await current().a.evaluate((io) => io.socketsJoin('green'));
      await comesToBe('green', [a1, a2, b1, b2]);
      await Promise.all([current().a.settle(), current().b.settle()]);
      await current().a.evaluate((io) => void io.to('green').emit('to green'));
      expect(await current().heardBy([a2, b2])).toEqual({ a2: [['to green']], b2: [['to green']] });
      await current().a.evaluate((io) => io.in('blue').socketsLeave(['green', 'blue']));
      await comesToBe('green', [a1, b1]);
      await comesToBe('blue', []);
    });

    it('join and leave rooms on one node when it is local', async () => {
      const { a1, b1 } = await current().members();
      await current().a.evaluate((io) => io.local.in('red').socketsJoin('green'));
      await comesToBe('green', [a1]);
      await current().a.evaluate((io) => io.in('red').socketsJoin('white'));
      await comesToBe('white', [a1, b1]);
      // Both nodes have done the later one, so the other has not heard of the first.
      expect(await inRoom('green')).toEqual(ids(a1));
    });

    it.each([
      ['from their namespace', false, true],
      ['with their connections', true, false],
    ])('are disconnected on both nodes, %s', async (_how, close, isOpen) => {
      const { a1, a2, b1, b2 } = await current().members();
      const gone = Promise.all([a1, b1].map(({ client }) => next(client, 'disconnect')));
      // A second namespace keeps the connection of the first.
      for (const node of [current().a, current().b]) await node.evaluate((io) => void io.of('/admin'));
      const admins = await Promise.all([a1, b1].map((member) => current().joinNamespace(member, '/admin')));
      await current().a.evaluate((io, all) => io.in('red').disconnectSockets(all), close);
      expect((await gone).map(([reason]) => reason)).toEqual(Array(2).fill('io server disconnect'));
      if (close) await eventually('the others leave too', async () => admins.every(({ connected }) => !connected));
      expect(admins.map(({ connected }) => connected)).toEqual([isOpen, isOpen]);
      await comesToBe('red', []);
      expect([a2.client.connected, b2.client.connected]).toEqual([true, true]);
    });
  });

  describe('a socket of the other node', () => {
    const remote = async (): Promise<{ member: Member; id: string }> => {
      const { b1 } = await current().members();
      return { member: b1, id: b1.client.id! };
    };

    it('is sent events', async () => {
      const { member, id } = await remote();
      const news = next(member.client, 'news');
      await current().a.evaluate(async (io, room) => {
        const [socket] = await io.in(room).fetchSockets();
        socket!.emit('news', 1, Buffer.from([2]));
      }, id);
      expect(await news).toEqual([1, Buffer.from([2])]);
      expect((await current().heardBy([member])).b1).toHaveLength(1);
    });

    it('answers, alone and with one answer', async () => {
      const { member, id } = await remote();
      member.client.on('question', (n: number, ack: Ack) => ack(`answer ${n}`));
      const answers = await current().a.evaluate(async (io, room) => {
        const [socket] = await io.in(room).fetchSockets();
        const promised: unknown = await socket!.timeout(10_000).emitWithAck('question', 1);
        const called = await new Promise((resolve) => {
          socket!.timeout(10_000).emit('question', 2, (...args: unknown[]) => resolve(args));
        });
        return [promised, called];
      }, id);
      expect(answers).toEqual(['answer 1', [null, 'answer 2']]);
    });

    it('is told by a timeout that it gave no answer', async () => {
      const { id } = await remote();
      const outcome = await current().a.evaluate(async (io, room) => {
        const [socket] = await io.in(room).fetchSockets();
        return socket!
          .timeout(200)
          .emitWithAck('question')
          .catch((error: Error) => error.message);
      }, id);
      expect(outcome).toBe('operation has timed out');
    });

    it('joins and leaves rooms', async () => {
      const { member, id } = await remote();
      await current().a.evaluate(async (io, room) => {
        const [socket] = await io.in(room).fetchSockets();
        socket!.join(['green', 'yellow']);
        socket!.leave('red');
      }, id);
      await comesToBe('yellow', [member]);
      await comesToBe('green', [member]);
      await eventually('it leaves', async () => !(await inRoom('red')).includes(id));
    });

    it.each([false, true])('is disconnected; with its connection: %s', async (close) => {
      const { member, id } = await remote();
      const gone = next(member.client, 'disconnect');
      await current().a.evaluate(
        async (io, room, all) => {
          const [socket] = await io.in(room).fetchSockets();
          socket!.disconnect(all);
        },
        id,
        close,
      );
      expect((await gone)[0]).toBe('io server disconnect');
      await comesToBe(id, []);
    });
  });
}
