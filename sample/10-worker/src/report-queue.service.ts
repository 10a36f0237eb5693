import { hostname } from 'node:os';
import { Injectable } from '@nestjs/common';
import { RedisConnection } from './redis.module.js';
import type { Order } from './report.js';

const waiting = 'reports:waiting';
const taken = `reports:taken:${process.env['WORKER_NAME'] ?? hostname()}`;

/**
 * Orders, in a list of Redis. What a worker takes is put into a list of its own until it is done.
 *
 * Larger applications take a library for this, such as BullMQ.
 */
@Injectable()
export class ReportQueue {
  constructor(private readonly redis: RedisConnection) {}

  async add(user: string, title: string): Promise<number> {
    const { client } = this.redis;
    const report = await client.incr('reports:last');
    await client.lpush(waiting, JSON.stringify({ report, user, title } satisfies Order));
    return report;
  }

  /** Gives back what this worker had taken when it was killed: it stands in front then. */
  async giveBack(): Promise<void> {
    while ((await this.redis.client.lmove(taken, waiting, 'LEFT', 'RIGHT')) !== null);
  }

  /** Takes orders as they come, one when the one before is done, until it is told to end. */
  async *take(end: AbortSignal): AsyncGenerator<Order> {
    // Commands that wait need a connection of their own.
    const waiter = this.redis.client.duplicate({ maxRetriesPerRequest: null });
    waiter.on('error', ({ message }: Error) => console.warn(`Redis: ${message}`));
    end.addEventListener('abort', () => waiter.disconnect());
    try {
      while (!end.aborted) {
        const text = await waiter.blmove(waiting, taken, 'RIGHT', 'LEFT', 0);
        if (text === null) continue;
        yield JSON.parse(text) as Order;
        await this.redis.client.lrem(taken, 1, text);
      }
    } catch (error) {
      if (!end.aborted) throw error;
    } finally {
      waiter.disconnect();
    }
  }
}
