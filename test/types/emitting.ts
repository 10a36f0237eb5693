import type { BroadcastOperator, Namespace } from '../../lib/server/index.js';
import { exactly } from './exactly.js';
import type {
  ClientToServer,
  Data,
  Handshake,
  ServerToClient,
  ServerToServer,
  TypedRemoteSocket,
  TypedServer,
  TypedSocket,
} from './events.js';

/** A socket sends what clients listen to. */
export function emit(socket: TypedSocket): void {
  exactly<boolean>()(socket.emit('news', 'title'));
  socket.emit('news', 'title', new Uint8Array());
  socket.emit('survey', 'how?', (grade) => exactly<number>()(grade));
  socket.emit('ready', () => {});
  exactly<TypedSocket>()(socket.send('text'));
  exactly<TypedSocket>()(socket.write('text'));
  socket.volatile.compress(false).emit('news', 'title');

  // @ts-expect-error Nobody listens to that.
  socket.emit('unknown');
  // @ts-expect-error Clients do not listen to what they send.
  socket.emit('hello', 'name', 1);
  // @ts-expect-error The title is missing.
  socket.emit('news');
  // @ts-expect-error The title is a text.
  socket.emit('news', 1);
  // @ts-expect-error There is nothing behind the body.
  socket.emit('news', 'title', new Uint8Array(), 'more');
  // @ts-expect-error The ack is missing.
  socket.emit('survey', 'how?');
  // @ts-expect-error The grade is a number.
  socket.emit('survey', 'how?', (grade: string) => grade);
  // @ts-expect-error A message is a text.
  socket.send(1);
}

/** What is kept for clients waits for no ack. */
export async function emitReliably(server: TypedServer): Promise<void> {
  exactly<void>()(await server.to('room').emitReliable('news', 'title'));
  await server.to('room').emitReliable('survey', 'how?');

  // @ts-expect-error Nobody listens to that.
  await server.to('room').emitReliable('unknown');
  // @ts-expect-error The title is a text.
  await server.to('room').emitReliable('news', 1);
  // @ts-expect-error Nobody answers.
  await server.to('room').emitReliable('survey', 'how?', () => {});
}

/** Behind a timeout, an error comes first in the ack. */
export function emitWithTimeout(socket: TypedSocket): void {
  const timed = socket.timeout(1_000);
  timed.emit('survey', 'how?', (error, grade) => {
    exactly<Error | null>()(error);
    exactly<number>()(grade);
  });
  timed.emit('ready', (error) => exactly<Error | null>()(error));
  timed.emit('news', 'title');
  // @ts-expect-error The error comes first.
  timed.emit('survey', 'how?', (grade: number) => grade);
  // @ts-expect-error The title is a text.
  timed.emit('news', 1);
}

/** An awaited answer is the first argument of the ack. */
export async function emitWithAck(socket: TypedSocket): Promise<void> {
  exactly<number>()(await socket.emitWithAck('survey', 'how?'));
  exactly<undefined>()(await socket.emitWithAck('ready'));
  // @ts-expect-error The ack is what is awaited.
  await socket.emitWithAck('survey', 'how?', () => {});
  // @ts-expect-error The question is missing.
  await socket.emitWithAck('survey');
  // @ts-expect-error Nobody listens to that.
  await socket.emitWithAck('unknown');
}

/** Behind a timeout, an awaited answer is still the first argument of the ack. */
export async function emitWithAckInTime(socket: TypedSocket): Promise<void> {
  exactly<number>()(await socket.timeout(1_000).emitWithAck('survey', 'how?'));
}

/** A broadcast sends the same events, and its ack gets one answer per client. */
export async function broadcast(
  io: TypedServer,
  namespace: Namespace<ClientToServer, ServerToClient, ServerToServer, Data>,
  socket: TypedSocket,
): Promise<void> {
  const operators = [
    io.to('room'),
    io.in(['a', 'b']).except('c').local.volatile.compress(true).timeout(1_000),
    namespace.to('room'),
    socket.broadcast,
    socket.to('room'),
  ];
  exactly<BroadcastOperator<ServerToClient, Data>[]>()(operators);
  for (const each of [io, namespace, ...operators]) {
    each.emit('news', 'title');
    each.emit('survey', 'how?', (error, grades) => {
      exactly<Error | null>()(error);
      exactly<number[]>()(grades);
    });
    exactly<number[]>()(await each.emitWithAck('survey', 'how?'));
    // @ts-expect-error Nobody listens to that.
    each.emit('unknown');
    // @ts-expect-error The title is a text.
    each.emit('news', 1);
    // @ts-expect-error Answers come as a list, behind the error.
    each.emit('survey', 'how?', (grade: number) => grade);
    // @ts-expect-error The question is missing.
    await each.emitWithAck('survey');
  }
  exactly<TypedServer>()(io.send('text'));
  // @ts-expect-error A message is a text.
  io.write(1);
}

/** Servers tell one another what they have agreed on. */
export function serverSide(io: TypedServer): void {
  exactly<boolean>()(io.serverSideEmit('sync', 1));
  io.serverSideEmit('count', (error, counts) => {
    exactly<Error | null>()(error);
    exactly<number[]>()(counts);
  });
  io.of('/admin').serverSideEmit('sync', 1);
  // @ts-expect-error The version is a number.
  io.serverSideEmit('sync', 'one');
  // @ts-expect-error The version is missing.
  io.of('/admin').serverSideEmit('sync');
  // @ts-expect-error Clients hear that, servers do not.
  io.serverSideEmit('news', 'title');
  exactly<Promise<unknown[]>>()(io.serverSideEmitWithAck('count'));
}

/** Fetched sockets keep their data and their events. */
export async function fetched(io: TypedServer): Promise<void> {
  const sockets = await io.in('room').fetchSockets();
  exactly<TypedRemoteSocket[]>()(sockets);
  exactly<TypedRemoteSocket[]>()(await io.fetchSockets());
  const [socket] = sockets;
  if (socket === undefined) return;
  exactly<string>()(socket.data.user);
  exactly<Handshake>()(socket.handshake);
  exactly<Set<string>>()(socket.rooms);
  socket.emit('news', 'title');
  socket.emit('survey', 'how?', (grade) => exactly<number>()(grade));
  socket.timeout(1_000).emit('survey', 'how?', (error, grade) => {
    exactly<Error | null>()(error);
    exactly<number>()(grade);
  });
  exactly<number>()(await socket.emitWithAck('survey', 'how?'));
  exactly<number>()(await socket.timeout(1_000).emitWithAck('survey', 'how?'));
  // @ts-expect-error The title is a text.
  socket.emit('news', 1);
  // @ts-expect-error Nobody listens to that.
  socket.emit('unknown');
  exactly<Set<string>>()(await io.allSockets());
}
