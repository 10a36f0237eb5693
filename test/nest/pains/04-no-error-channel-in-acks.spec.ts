import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { NotFoundException } from '@nestjs/common';
import type { Socket as ClientSocket } from 'socket.io-client';
import {
  MessageBody,
  SubscribeAck,
  WebSocketGateway,
  type AckArguments,
  type AckEnvelope,
  type AnswerStyleName,
} from '../../../lib/index.js';
import { bootError, startApp } from '../support.js';

interface Article {
  readonly title: string;
}

/** What a client of the gateway below sends, typed with what the package exports. */
interface ClientEvents {
  read(id: number, ack: (...answer: AckArguments<Article>) => void): void;
  readOld(id: number, ack: (...answer: AckArguments<Article, 'errorFirst'>) => void): void;
}

function find(id: number): Article {
  if (id !== 1) throw new NotFoundException(`no article ${id}`);
  return { title: 'one' };
}

@WebSocketGateway()
class ArticlesGateway {
  @SubscribeAck<ClientEvents>('read')
  read(@MessageBody() id: number): Article {
    return find(id);
  }

  @SubscribeAck<ClientEvents>('readOld', { ackStyle: 'errorFirst' })
  readOld(@MessageBody() id: number): Article {
    return find(id);
  }
}

describe('acks have no channel for errors (socketio/socket.io#781, socketio/socket.io#5275)', () => {
  it('are an envelope that a typed client tells success from failure by', async () => {
    await using running = await startApp({ providers: [ArticlesGateway] });
    const client: ClientSocket<Record<string, never>, ClientEvents> = await running.clients.connect();
    const titleOf = async (id: number): Promise<string> => {
      const answer: AckEnvelope<Article> = await client.emitWithAck('read', id);
      return answer.ok ? answer.data.title : `${answer.error.status}: ${answer.error.message}`;
    };
    expect(await titleOf(1)).toBe('one');
    expect(await titleOf(2)).toBe('404: no article 2');
  });

  it('have the error in front where a handler says so, as clients of before expect', async () => {
    await using running = await startApp({ providers: [ArticlesGateway] });
    const client: ClientSocket<Record<string, never>, ClientEvents> = await running.clients.connect();
    const read = (id: number): Promise<unknown> =>
      new Promise((resolve, reject) => {
        client.emit('readOld', id, (error, article) => {
          if (error === null) resolve(article.title);
          else reject(new Error(error.message));
        });
      });
    expect(await read(1)).toBe('one');
    await expect(read(2)).rejects.toThrow('no article 2');
  });

  it('have no other style: the handler that names one keeps the application from starting', async () => {
    @WebSocketGateway()
    class Misspelled {
      @SubscribeAck('read', { ackStyle: 'envelop' as AnswerStyleName })
      read(): void {}
    }
    expect(await bootError({ providers: [Misspelled] })).toMatchObject({
      code: 'INVALID_OPTION',
      message: 'ackStyle of Misspelled.read() is one of "raw", "envelope", "errorFirst", not envelop',
    });
    expect(await bootError({ options: { ackStyle: 'toString' as AnswerStyleName } })).toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('ackStyle of SocketIoModule'),
    });
  });
});
