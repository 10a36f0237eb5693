import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { UsePipes, ValidationPipe, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { IsString } from 'class-validator';
import { Ack, ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '../../../lib/index.js';
import { Socket } from '../../../lib/server/index.js';
import { startApp } from '../support.js';

class Note {
  @IsString() text!: string;
}

describe('pipes run on the socket (nestjs/nest#4233, nestjs/nest#3127, nestjs/nest#6407)', () => {
  it('run on the payload alone, however strict they are', async () => {
    const seen: ArgumentMetadata['type'][] = [];
    const recording: PipeTransform = {
      transform: (value: unknown, { type }: ArgumentMetadata) => {
        seen.push(type);
        expect(value).not.toBeInstanceOf(Socket);
        return value;
      },
    };
    @WebSocketGateway()
    class Gateway {
      @UsePipes(
        recording,
        new ValidationPipe({
          transform: true,
          whitelist: true,
          forbidNonWhitelisted: true,
          validateCustomDecorators: true,
        }),
      )
      @SubscribeMessage('note')
      note(@ConnectedSocket() socket: Socket, @MessageBody() note: Note, @Ack() ack: (answer: unknown) => void): void {
        ack({ isSocket: socket instanceof Socket, isNote: note instanceof Note });
      }
    }
    await using running = await startApp({ providers: [Gateway], configure: (app) => app.useGlobalPipes(recording) });
    const client = await running.clients.connect();
    expect(await client.emitWithAck('note', { text: 'hello' })).toEqual({ isSocket: true, isNote: true });
    expect(await client.emitWithAck('note', { text: 'hello', more: 1 })).toMatchObject({ status: 400 });
    expect(seen).toEqual(['body', 'body', 'body', 'body']);
  });
});
