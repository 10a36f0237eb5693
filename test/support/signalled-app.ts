import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { OnDisconnect, PublicNamespace, SocketIoModule, WebSocketGateway, type Socket } from '../../lib/index.js';
import type { DisconnectReason } from '../../lib/server/index.js';

// A program of its own, which a spec sends a signal to.

@WebSocketGateway()
@PublicNamespace()
class Gateway {
  @OnDisconnect()
  async left(_socket: Socket, reason: DisconnectReason): Promise<void> {
    await new Promise(setImmediate);
    console.log(`left: ${reason}`);
  }
}

@Module({ imports: [SocketIoModule.forRoot()], providers: [Gateway] })
class App {}

const adapter = process.argv[2] === 'fastify' ? [new FastifyAdapter() as never] : [];
const app = await NestFactory.create(App, ...adapter, { logger: false });
app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
console.log(`port: ${(app.getHttpServer().address() as AddressInfo).port}`);
