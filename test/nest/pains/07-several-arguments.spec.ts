import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { ParseIntPipe } from '@nestjs/common';
import { Ack, Arg, Args, MessageBody, SubscribeMessage, WebSocketGateway } from '../../../lib/index.js';
import { startApp } from '../support.js';

@WebSocketGateway()
class DrawingGateway {
  @SubscribeMessage('line')
  line(@Arg(0) from: number[], @Arg(1) to: number[], @Arg(2, ParseIntPipe) width: number): unknown {
    return { from, to, width };
  }

  @SubscribeMessage('rest')
  rest(@MessageBody() first: unknown, @Args() all: readonly unknown[]): unknown {
    return { first, all };
  }

  @SubscribeMessage('several answers')
  severalAnswers(@Args() args: readonly unknown[], @Ack() ack: (...answer: unknown[]) => void): string {
    ack(...args.toReversed());
    return 'not acked a second time';
  }
}

describe('several arguments, and the ack, are out of reach (nestjs/nest#249, nestjs/nest#14104, nestjs/nest#15286)', () => {
  it('are parameters: each one, or all of them', async () => {
    await using running = await startApp({ providers: [DrawingGateway] });
    const client = await running.clients.connect();
    const line = { from: [0, 0], to: [1, 1], width: 3 };
    expect(await client.emitWithAck('line', line.from, line.to, '3')).toEqual(line);
    expect(await client.emitWithAck('rest', 1, 'two', { three: 3 })).toEqual({
      first: 1,
      all: [1, 'two', { three: 3 }],
    });
  });

  it('are the answer, where the method holds the ack', async () => {
    await using running = await startApp({ providers: [DrawingGateway] });
    const client = await running.clients.connect();
    const answer = await new Promise((resolve) => {
      client.emit('several answers', 1, 2, (...args: unknown[]) => resolve(args));
    });
    expect(answer).toEqual([2, 1]);
  });
});
