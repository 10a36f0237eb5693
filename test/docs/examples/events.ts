import { interval, map, take, type Observable } from 'rxjs';
import { z } from 'zod';
import {
  Args,
  EventName,
  MessageBody,
  SubscribeAck,
  SubscribeAny,
  SubscribeMessage,
  WebSocketGateway,
} from '../../../lib/index.js';

@WebSocketGateway({ namespace: '/sums' })
export class SumsGateway {
  @SubscribeMessage('sum')
  sum(@MessageBody() numbers: number[]): number {
    return numbers.reduce((sum, number) => sum + number, 0);
  }

  @SubscribeMessage('count')
  count(@MessageBody('to') to: number): Observable<{ event: string; data: number }> {
    return interval(1).pipe(
      take(to),
      map((index) => ({ event: 'number', data: index + 1 })),
    );
  }
}

const Order = z.object({ dish: z.string(), plates: z.number().int().positive() });

@WebSocketGateway({ namespace: '/orders' })
export class OrdersGateway {
  @SubscribeAck('order', { schema: Order, timeout: 2_000 })
  async order(@MessageBody() { dish, plates }: z.infer<typeof Order>): Promise<{ ordered: string }> {
    return { ordered: `${plates} × ${dish}` };
  }
}

@WebSocketGateway({ namespace: '/journal' })
export class JournalGateway {
  readonly lines: string[] = [];

  @SubscribeAny()
  write(@EventName() event: string, @Args() args: unknown[]): void {
    this.lines.push(`${event}: ${args.length} arguments`);
  }
}
