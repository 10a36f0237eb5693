import { afterAll, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { z } from 'zod';
import {
  createAsyncApiDocument,
  EmitTo,
  MessageBody,
  PublicNamespace,
  RoomGuard,
  serveAsyncApi,
  SocketIoModule,
  SubscribeAck,
  SubscribeMessage,
  WebSocketGateway,
} from '../../lib/index.js';
import { assertAsyncApi, at, payloadOf } from './asyncapi-support.js';

export class SendMessage {
  @IsUUID()
  roomId: string;

  @IsString()
  @MaxLength(500)
  text: string;

  @IsOptional()
  @IsUUID()
  replyTo?: string;
}

export class Message {
  @IsUUID()
  id: string;

  @IsString()
  text: string;
}

const Typing = z.object({ roomId: z.uuid(), user: z.string() });

@WebSocketGateway({ namespace: '/chat', description: 'Rooms to talk in.', emits: { typing: Typing } })
@PublicNamespace()
export class ChatGateway {
  @SubscribeAck('send', { description: 'Says something in a room.', returns: Message })
  @RoomGuard('room:{roomId}')
  @EmitTo('room:{roomId}', 'message')
  async send(@MessageBody() { text }: SendMessage): Promise<Message> {
    return { id: crypto.randomUUID(), text };
  }

  @SubscribeMessage('typing', { schema: Typing })
  typing(): void {}
}

@Module({ imports: [SocketIoModule.forRoot()], providers: [ChatGateway] })
class AppModule {}

async function bootstrap(port: number): Promise<INestApplication> {
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  const document = await createAsyncApiDocument(app, {
    title: 'Chat',
    version: '1.0.0',
    servers: { production: { host: 'chat.example.com', protocol: 'wss' } },
    // What services send through a Broadcaster.
    emits: { '/chat': { announcement: z.string() } },
  });
  serveAsyncApi(app, '/asyncapi.json', document);
  await app.listen(port);
  return app;
}

async function writeDocument(file: string): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
  const document = await createAsyncApiDocument(app, { title: 'Chat', version: '1.0.0' });
  await writeFile(file, JSON.stringify(document, null, 2));
  await app.close();
}

describe('the application of the guide to AsyncAPI', () => {
  const folder = mkdtempSync(join(tmpdir(), 'asyncapi-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('serves its document', async () => {
    const app = await bootstrap(0);
    const { port } = app.getHttpServer().address() as { port: number };
    const document = (await (await fetch(`http://localhost:${port}/asyncapi.json`)).json()) as Parameters<
      typeof payloadOf
    >[0];
    await app.close();
    assertAsyncApi(document);
    expect(Object.keys(document.operations)).toEqual([
      'chat.receive.send',
      'chat.receive.typing',
      'chat.send.announcement',
      'chat.send.exception',
      'chat.send.message',
      'chat.send.typing',
    ]);
    expect(payloadOf(document, 'chat.send.message')).toEqual({ $ref: '#/components/schemas/Message' });
    expect(at(document, '#/components/schemas/SendMessage')).toMatchObject({ required: ['roomId', 'text'] });
  });

  it('writes it to a file', async () => {
    const file = join(folder, 'asyncapi.json');
    await writeDocument(file);
    assertAsyncApi(JSON.parse(readFileSync(file, 'utf8')) as object);
  });
});
