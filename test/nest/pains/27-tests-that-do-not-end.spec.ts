import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Inject, Injectable, Module } from '@nestjs/common';
import {
  MessageBody,
  OnConnect,
  PublicNamespace,
  SocketIoModule,
  SubscribeAck,
  WebSocketGateway,
  type Socket,
} from '../../../lib/index.js';
import { SocketTestingModule } from '../../../lib/nest-testing/index.js';
import { startApp } from '../support.js';

@Injectable()
class Clock {
  now(): number {
    return Date.now();
  }
}

@WebSocketGateway({ namespace: '/clock' })
@PublicNamespace()
class ClockGateway {
  constructor(@Inject(Clock) private readonly clock: Clock) {}
  @OnConnect()
  connected(socket: Socket): void {
    socket.emit('time', this.clock.now());
  }
  @SubscribeAck('plus', { timeout: 60_000 })
  async plus(@MessageBody() minutes: number): Promise<number> {
    return this.clock.now() + minutes;
  }
}

@Module({ imports: [SocketIoModule.forRoot()], providers: [Clock, ClockGateway] })
class AppModule {}

/** What keeps the process alive after it was used, and did not before. */
async function leftBy(use: () => Promise<void>): Promise<string[]> {
  // What is loaded once is loaded now.
  await use();
  const before = await resources();
  await use();
  const left = await resources();
  // What the first use left for a while, such as a timer of the client, may be gone since.
  for (const each of before) {
    const place = left.indexOf(each);
    if (place !== -1) left.splice(place, 1);
  }
  return left;
}

async function resources(): Promise<string[]> {
  await new Promise(setImmediate);
  return process.getActiveResourcesInfo().sort();
}

describe('gateways cannot be tested, and tests of them do not end (nestjs/nest#1368, nestjs/nest#4693, nestjs/nest#3463)', () => {
  it('are tested without a port, with injected providers, and leave nothing that runs', async () => {
    const left = await leftBy(async () => {
      await using sockets = await SocketTestingModule.create({
        imports: [AppModule],
      });
      const client = await sockets.connect('/clock');
      expect(sockets.get(Clock).now()).toBeGreaterThan(0);
      expect(await client.emitWithAck('plus', 5)).toMatchObject({ ok: true });
    });
    expect(left).toEqual([]);
  });

  it('leave nothing that runs behind a port either: closing the application is enough', async () => {
    const left = await leftBy(async () => {
      const running = await startApp({ providers: [Clock, ClockGateway] });
      const client = await running.clients.connect('/clock');
      expect(await client.emitWithAck('plus', 5)).toMatchObject({ ok: true });
      await running.app.close();
      // As of any closed server, clients are told.
      expect(client.connected).toBe(false);
      running.clients.close();
    });
    expect(left).toEqual([]);
  });
});
