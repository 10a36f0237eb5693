import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Module, type OnModuleInit } from '@nestjs/common';
import { ApplicationConfig, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import {
  PublicNamespace,
  SOCKET_IO_SERVER,
  SocketIoModule,
  SubscribeMessage,
  WebSocketGateway,
  type Server,
} from '../../../lib/index.js';
import { Clients, next } from '../../support/clients.js';
import { Gate, startApp } from '../support.js';

let loading: Gate;
let loaded: Gate;

@WebSocketGateway()
@PublicNamespace()
class RoomsGateway implements OnModuleInit {
  #rooms: string[] | undefined;
  async onModuleInit(): Promise<void> {
    loading.open();
    await loaded.opened;
    this.#rooms = ['lobby'];
  }
  @SubscribeMessage('rooms')
  rooms(): string[] {
    return this.#rooms!;
  }
}

describe('clients are served before onModuleInit() is done (nestjs/nest#3654)', () => {
  it.each(['reject', 'hold'] as const)(
    'come in when it is, and no sooner, where they are told to: %s',
    async (early) => {
      loading = new Gate();
      loaded = new Gate();
      @Module({ imports: [SocketIoModule.forRoot({ earlyClients: early })] })
      class ServerModule {}
      @Module({ imports: [ServerModule], providers: [RoomsGateway] })
      class AppModule {}
      const app = await NestFactory.create(AppModule, new ExpressAdapter(), { logger: false });
      const http = app.getHttpServer() as HttpServer;
      http.listen(0, '127.0.0.1');
      await once(http, 'listening');
      const started = app.init();
      await loading.opened;

      const clients = new Clients(() => `http://127.0.0.1:${(http.address() as AddressInfo).port}`);
      const client = clients.create('/', { transports: ['websocket'], reconnection: true, reconnectionDelay: 10 });
      // The published client comes back by itself when it is refused.
      if (early === 'reject') await next(client, 'connect_error');
      else await once(http, 'upgrade');
      expect(app.get<Server>(SOCKET_IO_SERVER).engine.clientsCount).toBe(0);
      loaded.open();
      await started;
      expect(await client.emitWithAck('rooms')).toEqual(['lobby']);
      clients.close();
      await app.close();
    },
  );

  it('are closed by the adapter where Nest asks for it', async () => {
    loading = new Gate();
    loaded = new Gate();
    loaded.open();
    await using running = await startApp({ providers: [RoomsGateway] });
    const client = await running.clients.connect();
    const told = next(client, 'disconnect');
    const { sockets } = running.app.get<Server>(SOCKET_IO_SERVER);
    running.app.get(ApplicationConfig).getIoAdapter().closeClient!(sockets.sockets.get(client.id!));
    expect((await told)[0]).toBe('io server disconnect');
  });
});
