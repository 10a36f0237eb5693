import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { once } from 'node:events';
import { Controller, Post, UseGuards } from '@nestjs/common';
import {
  Broadcaster,
  ConnectedSocket,
  JoinRoom,
  MessageBody,
  SubscribeAck,
  SubscribeMessage,
  WebSocketGateway,
  type Socket,
} from '../../lib/index.js';
import { next, transportLists } from '../support/clients.js';
import { startApp, type TestApp } from './support.js';

@WebSocketGateway()
class Chat {
  @SubscribeMessage('echo')
  echo(@MessageBody() body: unknown): unknown {
    return body;
  }
  @SubscribeAck('secret')
  @UseGuards({ canActivate: () => false })
  secret(): string {
    return 'secret';
  }
  @SubscribeAck('join')
  @JoinRoom('room:{id}', { open: true })
  join(): void {}
  @SubscribeMessage('say')
  say(@ConnectedSocket() socket: Socket, @MessageBody() body: { id: string; text: string }): void {
    socket.to(`room:${body.id}`).emit('said', body.text);
  }
}

@Controller('news')
class News {
  constructor(private readonly broadcaster: Broadcaster) {}
  @Post()
  publish(): void {
    this.broadcaster.to('room:1').emit('news', 'published');
  }
}

describe.each(['express', 'fastify'] as const)('on %s', (platform) => {
  let running: TestApp;
  beforeAll(async () => {
    running = await startApp({ platform, providers: [Chat], controllers: [News] });
  });
  afterAll(() => running.close());

  it.each(transportLists)('a client connects over %s, and its event is acked', async (_name, transports) => {
    const client = await running.clients.connect('/', { transports });
    const { engine } = client.io;
    if (transports.length === 2 && engine.transport.name === 'polling') {
      await new Promise((resolve) => engine.once('upgrade', resolve));
    }
    expect(engine.transport.name).toBe(transports.at(-1));
    const bytes = Buffer.from([1, 2, 3]);
    expect(await client.emitWithAck('echo', { text: 'hi', bytes })).toEqual({ text: 'hi', bytes });
    client.disconnect();
  });

  it('a guard refuses an event', async () => {
    const client = await running.clients.connect();
    expect(await client.emitWithAck('secret')).toMatchObject({ ok: false, error: { status: 403 } });
  });

  it('what is said in a room is heard by the others in it', async () => {
    const [speaker, member, stranger] = await Promise.all([1, 2, 3].map(() => running.clients.connect()));
    for (const client of [speaker!, member!])
      expect(await client.emitWithAck('join', { id: '1' })).toMatchObject({ ok: true });
    const heard: unknown[] = [];
    for (const client of [speaker!, stranger!]) client.on('said', (text) => heard.push(text));
    const said = next(member!, 'said');
    speaker!.emit('say', { id: '1', text: 'hello' });
    expect(await said).toEqual(['hello']);
    // Whatever was sent to them is ahead of these.
    await Promise.all([speaker!, stranger!].map((client) => client.emitWithAck('echo', 1)));
    expect(heard).toEqual([]);
  });

  it('a controller broadcasts', async () => {
    const client = await running.clients.connect();
    await client.emitWithAck('join', { id: '1' });
    const news = next(client, 'news');
    expect((await fetch(`${running.url}/news`, { method: 'POST' })).status).toBe(201);
    expect(await news).toEqual(['published']);
  });

  it('shutdown lets the clients go, and the port', async () => {
    const other = await startApp({ platform, providers: [Chat] });
    const clients = await Promise.all(
      transportLists.map(([, transports]) => other.clients.connect('/', { transports })),
    );
    const told = Promise.all(clients.map((client) => next(client, 'disconnect')));
    const server = other.app.getHttpServer();
    const closed = once(server, 'close');
    await other.app.close();
    await Promise.all([told, closed]);
    expect(server.listening).toBe(false);
  });
});
