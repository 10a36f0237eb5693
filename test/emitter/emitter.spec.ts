import { describe, expect, it } from '@jest/globals';
import { InMemoryAdapter, type BroadcastOptions } from '../../lib/adapter/index.js';
import { createEmitter } from '../../lib/emitter/index.js';
import { Decoder, Encoder, type Packet } from '../../lib/protocol/index.js';

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

  it('has the parser, the ackTimeout and the ears for errors that it is told', async () => {
    const seen: unknown[] = [];
    class Failing extends InMemoryAdapter {
      override async init(): Promise<void> {
        throw new Error('no bus');
      }
    }
    class Watched extends InMemoryAdapter {
      override broadcast(packet: Packet): void {
        seen.push(this.nsp.encode(packet, true).parts);
      }
      override broadcastWithAck(
        _packet: Packet,
        { flags }: BroadcastOptions,
        onClientCount: (count: number) => void,
      ): void {
        seen.push(flags.timeout);
        onClientCount(0);
      }
    }
    class Loud extends Encoder {
      override encode(packet: Packet): [string] {
        return [JSON.stringify(packet.data).toUpperCase()];
      }
    }
    await using emitter = await createEmitter({
      adapter: Watched,
      ackTimeout: 1_234,
      parser: { Encoder: Loud, Decoder } as never,
    });
    emitter.emit('news');
    await emitter.emitWithAck('question');
    expect(seen).toEqual([['["NEWS"]'], 1_234]);

    const [errors, lines]: unknown[][] = [[], []];
    const log = { debug: () => {}, warn: () => {}, error: (...line: unknown[]) => lines!.push(line) };
    const onError = (error: unknown): void => void errors!.push(error);
    await expect(createEmitter({ adapter: Failing, onError, log: log as never })).rejects.toThrow('no bus');
    expect(errors).toEqual([new Error('no bus')]);
    await expect(createEmitter({ adapter: Failing, log: log as never })).rejects.toThrow('no bus');
    expect(lines).not.toEqual([]);
  });
});
