import { expect, describe, it } from '@jest/globals';
import 'reflect-metadata';
import { Global, Inject, Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { InMemoryAdapter } from '../../../lib/adapter/index.js';
import { SOCKET_ADAPTER, SubscribeMessage, WebSocketGateway, type Server, type Socket } from '../../../lib/index.js';
import { bootError, startApp } from '../support.js';

const log: string[] = [];

/** Stands for the client of a bus, which the application makes once and injects. */
@Injectable()
class Bus implements OnModuleDestroy {
  isUp = true;
  onModuleDestroy(): void {
    log.push('bus closed');
  }
}

/** Makes adapters as published packages do: of clients, for each namespace. */
function createAdapter(bus: Bus): typeof InMemoryAdapter {
  return class extends InMemoryAdapter {
    override async serverCount(): Promise<number> {
      if (!bus.isUp) throw new Error('connect ECONNREFUSED');
      return 3;
    }
    override close(): void {
      log.push('adapter closed');
    }
  };
}

@Global()
@Module({
  providers: [Bus, { provide: SOCKET_ADAPTER, inject: [Bus], useFactory: createAdapter }],
  exports: [Bus, SOCKET_ADAPTER],
})
class BusModule {}

@WebSocketGateway()
class Gateway {
  @SubscribeMessage('servers')
  servers({ nsp }: Socket): Promise<number> {
    return (nsp as unknown as Server['sockets']).adapter.serverCount();
  }
}

describe('an adapter takes a class of its own, and fails in silence (nestjs/nest#248, nestjs/nest#7642)', () => {
  it('is a provider, made with an injected client, and closed before it', async () => {
    const running = await startApp({ imports: [BusModule], providers: [Gateway] });
    expect(await (await running.clients.connect()).emitWithAck('servers')).toBe(3);
    await running.close();
    expect(log).toEqual(['adapter closed', 'bus closed']);
  });

  it('keeps the application from starting when its bus cannot be reached', async () => {
    @Module({})
    class BrokenModule {
      constructor(@Inject(Bus) bus: Bus) {
        bus.isUp = false;
      }
    }
    expect(await bootError({ imports: [BusModule, BrokenModule], providers: [Gateway] })).toMatchObject({
      code: 'ADAPTER_FAILED',
      message: 'The adapter does not work: connect ECONNREFUSED; see whether its bus can be reached',
    });
  });
});
