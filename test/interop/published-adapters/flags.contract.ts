import { describe, expect, it } from '@jest/globals';
import type { Server } from '../../../lib/server/index.js';
import type { Cluster } from './cluster.js';
import type { ClusterNode } from './cluster-node.js';

/** A polling session by hand: no poll is open unless the test opens one. */
class Poller {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  static async join(node: ClusterNode): Promise<Poller> {
    const url = `${node.url}/socket.io/?EIO=4&transport=polling`;
    const handshake = await (await fetch(url)).text();
    const { sid } = JSON.parse(handshake.slice(1)) as { sid: string };
    const poller = new Poller(`${url}&sid=${sid}`);
    await poller.#post('40');
    await poller.poll();
    return poller;
  }

  /** The packets that wait, and how their answer is encoded. */
  async poll(): Promise<{ packets: string[]; encoding: string | null }> {
    const response = await fetch(this.#url, { headers: { 'accept-encoding': 'gzip' } });
    const packets = (await response.text()).split('\x1e');
    return { packets, encoding: response.headers.get('content-encoding') };
  }

  /** Says good-bye. */
  leave(): Promise<void> {
    return this.#post('1');
  }

  async #post(body: string): Promise<void> {
    await (await fetch(this.#url, { method: 'POST', body })).text();
  }
}

const text = 'x'.repeat(4_000);

/** What the flags of a broadcast do on the other node. */
export function describeFlags(current: () => Cluster): void {
  /** What a client that does not poll finds when the broadcasts of the acting node have come. */
  const waiting = async (broadcast: (io: Server, text: string) => unknown) => {
    const b = await current().connect(current().b, 'b');
    const poller = await Poller.join(current().b);
    await current().a.evaluate(broadcast, text);
    await current().heardBy([b]);
    const found = await poller.poll();
    await poller.leave();
    return found;
  };

  describe('on the other node', () => {
    it('a volatile broadcast is dropped for a client that cannot take it now', async () => {
      const { packets } = await waiting((io) => {
        io.volatile.emit('lost');
        io.emit('kept');
      });
      expect(packets.slice(0, 1)).toEqual(['42["kept"]']);
      expect(packets.join('')).not.toContain('lost');
    });

    it('a volatile broadcast reaches clients that can take it', async () => {
      const members = await current().members();
      await current().a.evaluate((io) => void io.volatile.emit('news'));
      expect(await current().receivers(members)).toEqual(['a1', 'a2', 'b1', 'b2']);
    });

    it('a broadcast may be compressed', async () => {
      expect(await waiting((io, news) => void io.emit('news', news))).toMatchObject({ encoding: 'gzip' });
    });

    it('a broadcast that must not be compressed is not', async () => {
      const { packets, encoding } = await waiting((io, news) => {
        io.compress(false).emit('news', news);
        io.compress(false).emit('more');
      });
      expect(packets.slice(0, 2)).toEqual([`42["news","${text}"]`, '42["more"]']);
      expect(encoding).toBeNull();
    });
  });
}
