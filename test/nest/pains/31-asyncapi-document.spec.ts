import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { ValidationPipe } from '@nestjs/common';
import {
  MessageBody as NestBody,
  SubscribeMessage as NestSubscribe,
  WebSocketGateway as NestGateway,
} from '@nestjs/websockets';
import { IsString, IsUUID, MaxLength } from 'class-validator';
import {
  createAsyncApiDocument,
  EmitTo,
  JoinRoom,
  MessageBody,
  SubscribeAck,
  WebSocketGateway,
} from '../../../lib/index.js';
import { next } from '../../support/clients.js';
import { assertAsyncApi, documentOf, fits, payloadOf } from '../asyncapi-support.js';
import { startApp } from '../support.js';

class SendMessage {
  @IsUUID() roomId: string;
  @IsString() @MaxLength(20) text: string;
}

class Message {
  @IsString() text: string;
}

describe('nothing describes the events of gateways (nestjs/nest#5675, nestjs/swagger#2038)', () => {
  it('but their own decorators: what the document says is what clients get', async () => {
    @WebSocketGateway({ namespace: '/chat' })
    class ChatGateway {
      @SubscribeAck('send', { returns: Message })
      @JoinRoom('room:{roomId}', { open: true })
      @EmitTo('room:{roomId}', 'message', { includeSender: true })
      async send(@MessageBody() { text }: SendMessage): Promise<Message> {
        return { text };
      }
    }
    await using running = await startApp({
      providers: [ChatGateway],
      configure: (app) => app.useGlobalPipes(new ValidationPipe()),
    });
    const document = await createAsyncApiDocument(running.app, { title: 'Chat', version: '1.0.0' });
    assertAsyncApi(document);
    const client = await running.clients.connect('/chat');
    const ask = payloadOf(document, 'chat.receive.send');
    const ack = payloadOf(document, 'chat.receive.send', 'ack');
    const good = { roomId: '6f9b2bb6-1d0c-4d39-9d3c-0d2b8d9b8a51', text: 'hello' };
    const message = next(client, 'message');
    const answer: unknown = await client.emitWithAck('send', good);
    expect([fits(document, ask, good), fits(document, ack, answer), answer]).toEqual([
      true,
      true,
      { ok: true, data: { text: 'hello' } },
    ]);
    expect(fits(document, payloadOf(document, 'chat.send.message'), (await message)[0])).toBe(true);

    const bad = { ...good, text: 'far too long for one message' };
    const refusal: unknown = await client.emitWithAck('send', bad);
    expect([fits(document, ask, bad), fits(document, ack, refusal)]).toEqual([false, true]);
    expect(refusal).toMatchObject({ ok: false, error: { status: 400 } });
  });

  it('and gateways of @nestjs/websockets are described as they are', async () => {
    @NestGateway({ namespace: 'chat' })
    class ChatGateway {
      @NestSubscribe('send')
      send(@NestBody() { text }: SendMessage): Message {
        return { text };
      }
    }
    const document = await documentOf({ providers: [ChatGateway] });
    expect(payloadOf(document, 'chat.receive.send')).toEqual({ $ref: '#/components/schemas/SendMessage' });
    expect(payloadOf(document, 'chat.receive.send', 'ack')).toEqual({ $ref: '#/components/schemas/Message' });
  });
});
