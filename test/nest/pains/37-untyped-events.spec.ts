import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Inject } from '@nestjs/common';
import type { Socket as ClientSocket } from 'socket.io-client';
import {
  Broadcaster,
  ConnectedSocket,
  MessageBody,
  SubscribeAck,
  WebSocketGateway,
  type AckArguments,
  type OnGatewayConnection,
  type Socket,
} from '../../../lib/index.js';
import { next } from '../../support/clients.js';
import { startApp } from '../support.js';

/** What an application and its clients agree on; `test/types/gateways.ts` says what the compiler makes of it. */
interface ClientEvents {
  send(text: string, ack: (...answer: AckArguments<number>) => void): void;
}
interface ServerEvents {
  welcome(count: number): void;
  message(id: number, text: string): void;
}
type ChatSocket = Socket<ClientEvents, ServerEvents>;

@WebSocketGateway()
class ChatGateway implements OnGatewayConnection<ChatSocket> {
  #sent = 0;
  constructor(@Inject(Broadcaster) private readonly broadcaster: Broadcaster<ServerEvents>) {}
  handleConnection(socket: ChatSocket): void {
    socket.emit('welcome', this.#sent);
  }
  @SubscribeAck<ClientEvents>('send')
  send(@MessageBody() text: string, @ConnectedSocket() socket: ChatSocket): number {
    this.broadcaster.except(socket.id).emit('message', ++this.#sent, text);
    return this.#sent;
  }
}

describe('events have no types (socketio/socket.io#3742, samchon/nestia#1373)', () => {
  it('have those of one map, in the gateway, the broadcaster and the published client', async () => {
    await using running = await startApp({ providers: [ChatGateway] });
    const ann: ClientSocket<ServerEvents, ClientEvents> = running.clients.create();
    const welcome = next(ann, 'welcome');
    expect(await welcome).toEqual([0]);
    const bob: ClientSocket<ServerEvents, ClientEvents> = await running.clients.connect();
    const message = new Promise((resolve) => {
      ann.on('message', (id, text) => resolve(`${id}: ${text.toUpperCase()}`));
    });
    const answer = await bob.emitWithAck('send', 'hello');
    expect(answer.ok && answer.data).toBe(1);
    expect(await message).toBe('1: HELLO');
  });
});
