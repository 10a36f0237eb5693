import type { Socket as ClientSocket } from 'socket.io-client';
import {
  SubscribeAck,
  SubscribeMessage,
  type AckArguments,
  type AckEnvelope,
  type Broadcaster,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
} from '../../lib/index.js';
import type { ClientToServer, DisconnectReason, ServerToClient, TypedSocket } from './events.js';
import { exactly } from './exactly.js';

interface Article {
  readonly title: string;
}

/** What clients send, with the acks of `@SubscribeAck()` in their styles. */
interface Asked {
  read(id: number, ack: (...answer: AckArguments<Article>) => void): void;
  readRaw(id: number, ack: (...answer: AckArguments<Article, 'raw'>) => void): void;
  readOld(id: number, ack: (...answer: AckArguments<Article, 'errorFirst'>) => void): void;
}

/** A gateway handles what clients send, and is told of sockets of its types. */
export class Gateway implements OnGatewayConnection<TypedSocket>, OnGatewayDisconnect<TypedSocket> {
  handleConnection(socket: TypedSocket): void {
    socket.emit('news', 'title');
    // @ts-expect-error Nobody listens to that.
    socket.emit('unknown');
  }
  handleDisconnect(socket: TypedSocket, reason: DisconnectReason, details?: unknown): void {
    exactly<string | undefined>()(socket.data.user);
    exactly<DisconnectReason>()(reason);
    exactly<unknown>()(details);
  }

  @SubscribeMessage<ClientToServer>('hello')
  hello(): void {}

  @SubscribeAck<ClientToServer>('ask', { ackStyle: 'errorFirst', timeout: 1_000 })
  ask(): void {}

  // @ts-expect-error Clients do not send that.
  @SubscribeMessage<ClientToServer>('helo')
  misspelled(): void {}

  // @ts-expect-error Servers send that.
  @SubscribeAck<ClientToServer>('news')
  news(): void {}

  // @ts-expect-error There is no such style.
  @SubscribeAck('ask', { ackStyle: 'envelop' })
  misspelledStyle(): void {}

  // @ts-expect-error What it returns is always the ack as it is.
  @SubscribeMessage('ask', { ackStyle: 'envelope' })
  styleOfMessage(): void {}

  @SubscribeMessage('anything')
  untyped(): void {}
}

/** A broadcaster sends what clients listen to, in every namespace and to every room. */
export function broadcast(broadcaster: Broadcaster<ServerToClient>): void {
  broadcaster.emit('news', 'title');
  broadcaster.of('/chat').to('room').emit('message', 'text');
  broadcaster.toUser(1).emit('news', 'title', new Uint8Array());
  // @ts-expect-error Nobody listens to that.
  broadcaster.emit('unknown');
  // @ts-expect-error The title is a text.
  broadcaster.to('room').emit('news', 1);
  // @ts-expect-error The text is missing.
  broadcaster.of('/chat').emit('message');
  // @ts-expect-error Clients do not listen to what they send.
  broadcaster.toUser(1).emit('hello', 'name', 1);
}

/** The published client knows the answers of each style. */
export async function ask(client: ClientSocket<Record<string, never>, Asked>): Promise<void> {
  const answer = await client.emitWithAck('read', 1);
  exactly<AckEnvelope<Article>>()(answer);
  if (answer.ok) exactly<Article>()(answer.data);
  else exactly<number>()(answer.error.status);
  // @ts-expect-error It may have failed.
  void answer.data;
  // @ts-expect-error The id is a number.
  client.emit('read', '1', () => {});

  const raw = await client.emitWithAck('readRaw', 1);
  if ('title' in raw) exactly<string>()(raw.title);

  client.emit('readOld', 1, (error, article) => {
    if (error === null) exactly<string>()(article.title);
    else exactly<string>()(error.message);
    // @ts-expect-error It may have failed.
    void article.title;
  });
}
