import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Ack, SubscribeAck, SubscribeMessage, WebSocketGateway } from '../../../lib/index.js';
import { next } from '../../support/clients.js';
import { startApp } from '../support.js';

function deeplyNested(): unknown {
  let value: unknown = [];
  for (let depth = 0; depth < 100_000; depth++) value = [value];
  return value;
}

function circular(): unknown {
  const value: Record<string, unknown> = {};
  value.self = value;
  return value;
}

const replies: [what: string, make: () => unknown][] = [
  ['nested too deeply', deeplyNested],
  ['circular', circular],
  ['a BigInt', () => ({ count: 1n })],
  [
    'an object whose getter throws',
    () => ({
      get secret(): string {
        throw new Error('getter');
      },
    }),
  ],
  [
    'an object whose toJSON() throws',
    () => ({
      toJSON(): string {
        throw new Error('toJSON');
      },
    }),
  ],
];

@WebSocketGateway()
class Gateway {
  @SubscribeAck('envelope')
  envelope(_socket: unknown, index: number): unknown {
    return replies[index]![1]();
  }
  @SubscribeMessage('value')
  async value(_socket: unknown, index: number): Promise<unknown> {
    return replies[index]![1]();
  }
  @SubscribeMessage('by hand')
  byHand(@Ack() ack: (reply: unknown) => void): void {
    ack(circular());
  }
  @SubscribeMessage('response')
  response(_socket: unknown, index: number): unknown {
    return { event: 'response', data: replies[index]![1]() };
  }
  @SubscribeMessage('stream')
  async *stream(_socket: unknown, index: number): AsyncGenerator {
    yield replies[index]![1]();
  }
}

const internal = { status: 500, message: 'Internal server error' };

describe('a reply that cannot be encoded escapes as an uncaught error (io-adapter.spec of Nest)', () => {
  it.each(replies.map(([what], index): [string, number] => [what, index]))(
    'it is answered with 500, and logged: %s',
    async (_what, index) => {
      await using running = await startApp({ providers: [Gateway] });
      const client = await running.clients.connect();
      expect(await client.emitWithAck('envelope', index)).toEqual({ ok: false, error: internal });
      expect(await client.emitWithAck('value', index)).toEqual(internal);
      expect(await client.emitWithAck('stream', index)).toEqual(internal);
      const told = next(client, 'exception');
      client.emit('response', index);
      expect(await told).toEqual([{ ...internal, event: 'response' }]);
      expect(running.logger.errors.map(([line]) => /^"[^"]+"/.exec(String(line))?.[0])).toEqual([
        '"envelope"',
        '"value"',
        '"stream"',
        '"response"',
      ]);
    },
  );

  it('it is answered with 500 when the handler answers by hand', async () => {
    await using running = await startApp({ providers: [Gateway] });
    expect(await (await running.clients.connect()).emitWithAck('by hand')).toEqual(internal);
    expect(running.logger.errors).toHaveLength(1);
  });
});
