import { describe, expect, it } from '@jest/globals';
import { InMemoryAdapter } from '../../lib/adapter/index.js';
import { Server } from '../../lib/server/index.js';

describe('adaptersReady()', () => {
  it('waits for the adapters of all namespaces, and for the bus of the main one', async () => {
    const order: string[] = [];
    const server = new Server({
      adapter: class extends InMemoryAdapter {
        override async init(): Promise<void> {
          await new Promise(setImmediate);
          order.push(`started ${this.nsp.name}`);
        }
        override async serverCount(): Promise<number> {
          await new Promise(setImmediate);
          order.push(`counted ${this.nsp.name}`);
          return 1;
        }
      },
    });
    server.of('/chat');
    await server.adaptersReady();
    expect(order).toEqual(['started /', 'started /chat', 'counted /']);
  });

  it('rejects with what an adapter fails with', async () => {
    const server = new Server({
      log: false,
      adapter: class extends InMemoryAdapter {
        override async init(): Promise<void> {
          if (this.nsp.name === '/chat') throw new Error('no bus');
        }
      },
    });
    await server.adaptersReady();
    server.of('/chat');
    await expect(server.adaptersReady()).rejects.toThrow('no bus');
  });
});
