import { NotFoundException } from '@nestjs/common';
import { AckError, io, request, type EventsOf, type Socket } from '../../../lib/client/node/index.js';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeAck,
  SubscribeMessage,
  WebSocketGateway,
  type Socket as ServerSocket,
} from '../../../lib/index.js';

export interface Message {
  readonly id: number;
  readonly text: string;
}

@WebSocketGateway({ namespace: '/talk' })
export class TalkGateway {
  readonly #messages: Message[] = [];

  @SubscribeAck()
  say(@ConnectedSocket() _socket: ServerSocket, @MessageBody() text: string): Message {
    const message = { id: this.#messages.length, text };
    this.#messages.push(message);
    return message;
  }

  @SubscribeAck()
  async read(@MessageBody() id: number): Promise<Message> {
    const message = this.#messages[id];
    if (message === undefined) throw new NotFoundException('There is no such message');
    return message;
  }
}

interface ServerEvents {
  said(message: Message): void;
}

export function connect(url: string): Socket<ServerEvents, EventsOf<TalkGateway>> {
  return io(`${url}/talk`);
}

export async function talk(socket: Socket<ServerEvents, EventsOf<TalkGateway>>): Promise<string> {
  const { id } = await request(socket, 'say', 'hello');
  try {
    const { text } = await request(socket.timeout(5_000), 'read', id + 1);
    return text;
  } catch (error) {
    if (error instanceof AckError && error.status === 404) return 'nothing';
    throw error;
  }
}

const tableEvents = { book: 'table:book', cancel: 'table:cancel' } as const;

@WebSocketGateway({ namespace: '/tables' })
export class TablesGateway {
  declare readonly socketEvents: typeof tableEvents;

  @SubscribeMessage(tableEvents.book)
  book(@MessageBody() seats: number): string {
    return `a table for ${seats}`;
  }

  @SubscribeMessage(tableEvents.cancel)
  cancel(): void {}

  countTables(): number {
    return 12;
  }
}

export type TableEvents = EventsOf<TablesGateway, 'raw'>;
