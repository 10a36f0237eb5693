import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Injectable, Module, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Broadcaster, EmitterModule, SOCKET_ADAPTER, SOCKET_IO_SERVER, type Server } from '../../lib/index.js';
import { InMemoryAdapter, type BroadcastOptions } from '../../lib/adapter/index.js';
import type { Packet } from '../../lib/protocol/index.js';
import { RecordingLogger } from './support.js';

const published: unknown[] = [];
let closed = 0;

/** Stands for the adapter of a cluster. */
class PublishingAdapter extends InMemoryAdapter {
  override broadcast(packet: Packet, options: BroadcastOptions): void {
    published.push([this.nsp.name, packet.data, [...options.rooms]]);
  }
  override close(): void {
    closed++;
  }
}

@Injectable()
class Worker {
  constructor(readonly broadcaster: Broadcaster) {}
}

describe('a process that only broadcasts', () => {
  it.each([
    ['forRoot', EmitterModule.forRoot({ adapter: PublishingAdapter })],
    ['forRootAsync', EmitterModule.forRootAsync({ useFactory: () => Promise.resolve({ adapter: PublishingAdapter }) })],
  ])('reaches the others through the adapter, with %s', async (_how, module) => {
    published.length = 0;
    closed = 0;
    const app = await Test.createTestingModule({ imports: [module], providers: [Worker] })
      .setLogger(new RecordingLogger())
      .compile();
    await app.init();
    const { broadcaster } = app.get(Worker);
    broadcaster.emit('all', 1);
    broadcaster.of('/chat').to('room').emit('some', 2);
    expect(published).toEqual([
      ['/', ['all', 1], []],
      ['/chat', ['some', 2], ['room']],
    ]);
    expect(app.get<Server>(SOCKET_IO_SERVER).httpServer).toBeUndefined();
    await app.close();
    expect(closed).toBe(2);
  });

  it('closes its adapter behind what others say last, and before its client is closed', async () => {
    const order: string[] = [];
    @Injectable()
    class Client implements OnApplicationShutdown {
      onApplicationShutdown(): void {
        order.push('client');
      }
    }
    class ClientAdapter extends PublishingAdapter {
      override broadcast({ data }: Packet): void {
        order.push((data as string[])[0]!);
      }
      override close(): void {
        order.push('adapter');
      }
    }
    @Module({
      providers: [Client, { provide: SOCKET_ADAPTER, inject: [Client], useFactory: () => ClientAdapter }],
      exports: [Client, SOCKET_ADAPTER],
    })
    class ClientModule {}
    @Injectable()
    class Talker extends Worker implements OnModuleDestroy {
      onModuleDestroy(): void {
        this.broadcaster.emit('bye');
      }
    }
    const app = await Test.createTestingModule({
      // The client's module stands as near to the root as the emitter's.
      imports: [ClientModule, EmitterModule.forRootAsync({ imports: [ClientModule], useFactory: () => ({}) })],
      providers: [Talker],
    })
      .setLogger(new RecordingLogger())
      .compile();
    await app.init();
    await app.close();
    expect(order).toEqual(['bye', 'adapter', 'client']);
  });
});
