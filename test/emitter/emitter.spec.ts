import { describe, expect, it } from '@jest/globals';
import { InMemoryAdapter } from '../../lib/adapter/index.js';
import { createEmitter } from '../../lib/emitter/index.js';

describe('an emitter', () => {
  it('needs an adapter', async () => {
    await expect(createEmitter({} as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('fails when the bus does not answer in time, and lets go of it', async () => {
    const closed: string[] = [];
    class Silent extends InMemoryAdapter {
      override init(): Promise<void> {
        return new Promise(() => {});
      }
      override close(): void {
        closed.push(this.nsp.name);
      }
    }
    const started = createEmitter({ adapter: Silent, adapterTimeout: 20 });
    await expect(started).rejects.toMatchObject({ code: 'ADAPTER_FAILED' });
    expect(closed).toEqual(['/']);
  });

  it('ends with the block that made it', async () => {
    const closed: string[] = [];
    class Watched extends InMemoryAdapter {
      override close(): void {
        closed.push(this.nsp.name);
      }
    }
    {
      await using emitter = await createEmitter({ adapter: Watched });
      emitter.of('/chat').emit('to nobody');
    }
    expect(closed.sort()).toEqual(['/', '/chat']);
  });
});
