import { describe, expect, it } from '@jest/globals';
import type { Server, Socket } from '../../../lib/server/index.js';
import { next } from '../../support/clients.js';
import type { Cluster } from './cluster.js';

type Ids = Readonly<Record<'a1' | 'a2' | 'b1' | 'b2', string>>;
type Broadcast = (io: Server, ids: Ids) => unknown;

const everyone = ['a1', 'a2', 'b1', 'b2'];

const broadcasts: [to: string, broadcast: Broadcast, receivers: string[]][] = [
  ['everyone', (io) => void io.emit('news'), everyone],
  ['a room', (io) => void io.to('red').emit('news'), ['a1', 'b1']],
  ['several rooms, once each', (io) => void io.to(['red', 'ones']).to('b').emit('news'), ['a1', 'b1', 'b2']],
  ['a room of the other node alone', (io) => void io.to('b').emit('news'), ['b2']],
  ['a room that nobody is in', (io) => void io.to('empty').emit('news'), []],
  ['everyone except a room', (io) => void io.except('red').emit('news'), ['a2', 'b2']],
  ['everyone except rooms', (io) => void io.except(['red', 'b']).emit('news'), ['a2']],
  ['rooms except a room', (io) => void io.to(['red', 'blue']).except('b').emit('news'), ['a1', 'a2', 'b1']],
  ['a room except a socket of the other node', (io, ids) => void io.to('red').except(ids.b1).emit('news'), ['a1']],
  ['a socket of the other node', (io, ids) => void io.to(ids.b2).emit('news'), ['b2']],
  ['its own node alone', (io) => void io.local.emit('news'), ['a1', 'a2']],
  ['a room on its own node alone', (io) => void io.local.to('red').emit('news'), ['a1']],
  [
    'everyone but the sender',
    (io, ids) => void io.sockets.sockets.get(ids.a1)!.broadcast.emit('news'),
    ['a2', 'b1', 'b2'],
  ],
  ['a room but the sender', (io, ids) => void io.sockets.sockets.get(ids.a1)!.to('red').emit('news'), ['b1']],
];

const values: [what: string, args: unknown[]][] = [
  ['nothing', []],
  ['JSON', [1, 'zwölf €', null, false, [], { a: [{}] }, '', 1.5]],
  ['bytes', ['text', Buffer.from([0, 1, 255]), { deep: [Buffer.from('deep')] }]],
  ['more bytes than fit into one notification', [Buffer.alloc(20_000, 7)]],
  ['more text than fits into one notification', ['€'.repeat(20_000)]],
];

/** Who gets a broadcast, and what. */
export function describeBroadcasts(current: () => Cluster): void {
  describe('a broadcast', () => {
    it.each(broadcasts)('reaches %s', async (_to, broadcast, receivers) => {
      const members = await current().members();
      const ids = Object.fromEntries(Object.entries(members).map(([name, { client }]) => [name, client.id!]));
      await current().a.evaluate(broadcast, ids as Ids);
      const heard = await current().heardBy(Object.values(members));
      const once = (name: string): unknown[][] => (receivers.includes(name) ? [['news']] : []);
      expect(heard).toEqual(Object.fromEntries(everyone.map((name) => [name, once(name)])));
    });

    it.each(values)('carries %s as it is, and adds nothing', async (_what, args) => {
      const members = Object.values(await current().members());
      const all = Promise.all(members.map(({ client }) => next(client, 'news')));
      await current().a.evaluate((io, sent) => void io.emit('news', ...sent), args);
      // Some adapters send what is big or binary by another way, which others may overtake.
      await all;
      const heard = await current().heardBy(members);
      for (const name of everyone) expect(heard[name]).toEqual([['news', ...args]]);
    });

    it('stays in its namespace', async () => {
      for (const node of [current().a, current().b]) await node.evaluate((io) => void io.of('/admin'));
      await Promise.all([current().a.settle(), current().b.settle()]);
      const main = await current().members();
      const admins = await Promise.all(
        [current().a, current().b].map((node) => current().connect(node, 'admin', {}, '/admin')),
      );
      // Adapters of a new namespace find each other in the background.
      const heardThere = Promise.all(
        admins.map(({ client }) => new Promise<void>((resolve) => void client.once('there', () => resolve()))),
      );
      let isHeard = false;
      void heardThere.then(() => (isHeard = true));
      while (!isHeard) {
        await current().a.evaluate((io) => void io.of('/admin').emit('there'));
        await new Promise(setImmediate);
      }
      expect(await current().receivers(main)).toEqual([]);
      await current().a.evaluate((io) => void io.emit('news'));
      expect(await current().receivers(main)).toEqual(everyone);
      expect(admins.flatMap(({ heard }) => heard).filter(([event]) => event === 'news')).toEqual([]);
    });

    it('keeps its place among others', async () => {
      const members = Object.values(await current().members());
      await current().a.evaluate((io) => {
        for (let n = 0; n < 200; n++) io.emit('number', n);
      });
      const heard = await current().heardBy(members);
      const expected = Array.from({ length: 200 }, (_, n) => ['number', n]);
      for (const name of everyone) expect(heard[name]).toEqual(expected);
    });

    it('is seen by the outgoing catch-all listeners of the other node', async () => {
      const { b1 } = await current().members();
      await current().b.evaluate((io, id) => {
        const socket = io.sockets.sockets.get(id)!;
        const seen: unknown[][] = (socket.data.seen = []);
        socket.onAnyOutgoing((...args: unknown[]) => seen.push(args));
      }, b1.client.id!);
      await current().a.evaluate((io) => void io.to('red').emit('news', 1));
      await current().heardBy([b1]);
      const seen = await current().b.evaluate(
        (io, id) => (io.sockets.sockets.get(id) as Socket).data.seen as unknown,
        b1.client.id!,
      );
      expect(seen).toEqual([['news', 1], ['the end']]);
    });
  });
}
