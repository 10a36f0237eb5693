import type { Observable } from 'rxjs';
import {
  ConnectedSocket,
  CurrentUser,
  MessageBody,
  SubscribeAck,
  SubscribeMessage,
  type OnGatewayConnection,
  type Socket as ServerSocket,
} from '../../lib/index.js';
import { request, type EventsOf, type RequestResult, type Socket } from '../../lib/client/index.js';
import { io as ioOverWebSocket } from '../../lib/client/websocket.js';
import { exactly } from './exactly.js';

interface Message {
  readonly text: string;
}

/** Methods that are named after their events. */
export class ChatGateway implements OnGatewayConnection {
  protected readonly room = 'lobby';

  handleConnection(): void {}

  @SubscribeAck()
  async send(@ConnectedSocket() _socket: ServerSocket, @MessageBody() text: string): Promise<Message> {
    return { text };
  }

  @SubscribeAck({ timeout: 1_000 })
  count(): number {
    return 1;
  }

  @SubscribeAck()
  page(@MessageBody() from?: number, @CurrentUser() _user?: object): readonly Message[] {
    return from === undefined ? [] : [{ text: this.secret() }];
  }

  @SubscribeAck()
  watch(): Observable<Message> {
    throw new Error('not called');
  }

  @SubscribeAck()
  leave(): void {}

  private secret(): string {
    return 'nobody';
  }
}

const names = { join: 'room:join' } as const;

/** Methods that have other names, and one that is no event. */
export class RoomGateway {
  declare readonly socketEvents: typeof names;

  @SubscribeMessage(names.join)
  join(@MessageBody() room: string): { readonly room: string } {
    return { room };
  }

  notAnEvent(): void {}
}

/** What a client may emit is what the methods take. */
export async function chat(socket: Socket<Record<never, never>, EventsOf<ChatGateway>>): Promise<void> {
  exactly<keyof EventsOf<typeof ChatGateway>>()('send' as 'count' | 'leave' | 'page' | 'send' | 'watch');
  const answer = await socket.emitWithAck('send', 'hello');
  if (answer.ok) exactly<Message>()(answer.data);
  exactly<Message>()(await request(socket, 'send', 'hello'));
  exactly<Message>()(await request(socket.timeout(1_000), 'send', 'hello'));
  exactly<number>()(await request(socket, 'count'));
  exactly<Message>()(await request(socket, 'watch'));
  exactly<null>()(await request(socket, 'leave'));
  // @ts-expect-error The body is a text.
  await request(socket, 'send', 1);
  // @ts-expect-error The body is missing.
  await request(socket, 'send');
  // @ts-expect-error No method has that name.
  await request(socket, 'sned', 'hello');
  // @ts-expect-error Nest calls it.
  await request(socket, 'handleConnection');
  // @ts-expect-error It is private.
  await request(socket, 'secret');
}

/** A socket of WebSocket alone knows what it has not. */
export async function chatOverWebSocket(): Promise<void> {
  const socket = ioOverWebSocket<Record<never, never>, EventsOf<ChatGateway>>('https://example.test');
  exactly<Message>()(await request(socket, 'send', 'hello'));
  exactly<Message>()(await request(socket.timeout(1_000), 'send', 'hello'));
  // @ts-expect-error The body is a text.
  await request(socket, 'send', 1);
  // @ts-expect-error It listens to no event of every name.
  socket.onAny(() => {});
  // @ts-expect-error Its settings do not change.
  socket.io.reconnection(false);
}

/** A list of names counts alone, and another style has other answers. */
export async function rooms(socket: Socket<Record<never, never>, EventsOf<RoomGateway, 'raw'>>): Promise<void> {
  exactly<keyof EventsOf<RoomGateway>>()('room:join' as const);
  exactly<{ readonly room: string }>()(await request(socket, 'room:join', 'lobby'));
  // @ts-expect-error That is the method.
  socket.emit('join', 'lobby', () => {});
}

/** The result is the same in every style. */
export function results(): void {
  exactly<RequestResult<EventsOf<ChatGateway, 'errorFirst'>, 'send'>>()({ text: '' } as Message);
  exactly<RequestResult<EventsOf<ChatGateway, 'raw'>, 'send'>>()({ text: '' } as Message);
}

/** A body that may be left out may be left out. */
export async function optional(socket: Socket<Record<never, never>, EventsOf<ChatGateway>>): Promise<void> {
  exactly<readonly Message[]>()(await request(socket, 'page', 1));
  exactly<readonly Message[]>()(await request(socket, 'page', undefined));
}

/** Nothing is known of a socket without types. */
export async function untyped(socket: Socket): Promise<void> {
  const answer = await request(socket, 'anything', 1, 2);
  answer.whatever();
}
