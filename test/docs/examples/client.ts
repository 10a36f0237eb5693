import {
  io,
  Manager,
  request,
  type DefaultEventsMap,
  type EventsMap,
  type EventsOf,
  type Socket,
} from '../../../lib/client/node/index.js';
import type { Message, TalkGateway } from './typed-client.js';

/** A socket as `io()` returns it: its manager is at `socket.io`. */
type ClientSocket<Listen extends EventsMap = DefaultEventsMap, Emit extends EventsMap = Listen> = Socket<
  Listen,
  Emit,
  Manager
>;

export function watch(socket: ClientSocket, show: (text: string) => void): void {
  socket.on('connect', () => show(socket.recovered ? 'back, and nothing was missed' : 'connected'));
  socket.on('disconnect', (reason) => show(socket.active ? `lost: ${reason}` : `ended: ${reason}`));
  socket.on('connect_error', ({ message }) => show(socket.active ? `not yet: ${message}` : `refused: ${message}`));
  socket.io.on('reconnect_attempt', (attempt) => show(`attempt ${attempt}`));
}

export async function ask(socket: ClientSocket, text: string): Promise<string> {
  try {
    return (await socket.timeout(5_000).emitWithAck('echo', text)) as string;
  } catch (error) {
    return `nobody knows: ${(error as Error).message}`;
  }
}

export function connectPatiently(url: string): ClientSocket {
  return io(url, { retries: 3, ackTimeout: 5_000 });
}

export function connectWithFreshToken(url: string, freshToken: () => Promise<string>): ClientSocket {
  return io(url, {
    auth: (send) => {
      void freshToken().then((token) => send({ token }));
    },
  });
}

export function connectTwice(url: string): ClientSocket[] {
  const chat = io(`${url}/chat`);
  const news = io(`${url}/news`);
  console.assert(chat.io === news.io, 'one connection for both');
  return [chat, news];
}

export async function echoBytes(socket: ClientSocket): Promise<number> {
  const { bytes } = (await socket.emitWithAck('echo', { name: 'a.bin', bytes: Uint8Array.of(1, 2, 3) })) as {
    bytes: Uint8Array;
  };
  return bytes.byteLength;
}

interface ServerEvents {
  said(message: Message): void;
}

type TalkSocket = ClientSocket<ServerEvents, EventsOf<typeof TalkGateway>>;

export function say(talk: TalkSocket, text: string): Promise<Message> {
  return request(talk.timeout(5_000), 'say', text);
}
