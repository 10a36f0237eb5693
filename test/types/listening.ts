import type { Namespace, Server, Socket } from '../../lib/server/index.js';
import { exactly } from './exactly.js';
import type {
  ClientToServer,
  Data,
  DisconnectReason,
  Handshake,
  ServerToClient,
  ServerToServer,
  TypedServer,
  TypedSocket,
} from './events.js';

/** A server gives its sockets to its listeners, and the events of the other servers. */
export function onServer(io: TypedServer): void {
  io.on('connection', (socket) => exactly<TypedSocket>()(socket));
  io.once('connect', (socket) => exactly<TypedSocket>()(socket));
  io.on('new_namespace', (namespace) =>
    exactly<Namespace<ClientToServer, ServerToClient, ServerToServer, Data>>()(namespace),
  );
  io.on('sync', (version) => exactly<number>()(version));
  io.on('count', (answer) => answer(null, [1]));
  io.of('/admin', (socket) => exactly<TypedSocket>()(socket));
  io.of('/admin').on('connection', (socket) => exactly<TypedSocket>()(socket));
  io.of('/admin').on('sync', (version) => exactly<number>()(version));
  io.use((socket, next) => {
    exactly<TypedSocket>()(socket);
    next(new Error('no'));
    // @ts-expect-error A refusal is an error.
    next('no');
  });
  exactly<TypedServer>()(io.on('connection', () => {}));
  exactly<Namespace<ClientToServer, ServerToClient, ServerToServer, Data>>()(io.sockets);
  exactly<number>()(io.listenerCount('connection'));

  // @ts-expect-error Clients are heard by their sockets.
  io.on('hello', () => {});
  // @ts-expect-error Nobody sends that.
  io.on('unknown', () => {});
  // @ts-expect-error The version is a number.
  io.on('sync', (version: string) => version);
  // @ts-expect-error A namespace announces no other ones.
  io.of('/admin').on('new_namespace', () => {});
}

/** A socket gives the arguments of each event, and its ack, to its listeners. */
export function onSocket(socket: TypedSocket): void {
  socket.on('hello', (name, times) => {
    exactly<string>()(name);
    exactly<number>()(times);
  });
  socket.on('ask', (question, answer) => {
    exactly<string>()(question);
    answer('yes', true);
    // @ts-expect-error The answer has two parts.
    answer('yes');
    // @ts-expect-error The first part is a text.
    answer(1, true);
  });
  socket.once('nothing', () => {});
  socket.on('nothing', async () => {});
  socket.on('disconnecting', (reason) => exactly<DisconnectReason>()(reason));
  socket.on('disconnect', (reason, description) => {
    exactly<DisconnectReason>()(reason);
    exactly<unknown>()(description);
  });
  socket.on('error', (error) => exactly<Error>()(error));
  exactly<TypedSocket>()(socket.on('nothing', () => {}));
  exactly<ClientToServer['hello'][]>()(socket.listeners('hello'));

  // @ts-expect-error Clients do not send what the server sends.
  socket.on('news', () => {});
  // @ts-expect-error Nobody sends that.
  socket.on('unknown', () => {});
  // @ts-expect-error The name is a text.
  socket.on('hello', (name: number) => name);
  // @ts-expect-error There are two arguments.
  socket.on('hello', (name: string, times: number, more: string) => more);
  // @ts-expect-error A socket does not connect twice.
  socket.on('connection', () => {});

  socket.use((event, next) => {
    exactly<string>()(event[0]);
    event[1] = 'changed';
    next();
  });
  socket.onAny((event) => exactly<string>()(event));
  socket.onAnyOutgoing((event) => exactly<string>()(event));
}

/** The reasons are known by name. */
export function reasons(reason: DisconnectReason): void {
  exactly<
    | 'transport close'
    | 'transport error'
    | 'ping timeout'
    | 'parse error'
    | 'slow consumer'
    | 'rate limit'
    | 'refused too often'
    | 'forced close'
    | 'forced server close'
    | 'server shutting down'
    | 'server namespace disconnect'
    | 'client namespace disconnect'
  >()(reason);
}

/** Data is there from the first assignment on. */
export function data(socket: TypedSocket, untyped: Socket): void {
  exactly<string | undefined>()(socket.data.user);
  socket.data.user = 'ada';
  // @ts-expect-error The user is a text.
  socket.data.user = 1;
  // @ts-expect-error There is no such field.
  socket.data.other = 1;
  untyped.data.anything = 1;
  exactly<Handshake>()(socket.handshake);
  exactly<Set<string>>()(socket.rooms);
}

/** Without types of its own a server takes any event with any arguments. */
export function untyped(io: Server): void {
  io.on('connection', (socket) => {
    exactly<Socket>()(socket);
    socket.on('anything', (...args) => args);
    socket.on('anything', (value: number, ack: (answer: string) => void) => ack(String(value)));
    socket.on('disconnect', (reason) => exactly<DisconnectReason>()(reason));
    socket.emit('anything', 1, 'two', () => {});
    // Reserved events keep their types.
    // @ts-expect-error A reason is a text.
    socket.on('disconnect', (reason: number) => reason);
  });
  io.emit('anything', 1, null);
  io.serverSideEmit('anything', 1);
}

/** With one map, both sides send the same events. */
export function oneMap(io: Server<{ both(value: number): void }>): void {
  io.emit('both', 1);
  io.on('connection', (socket) => {
    socket.on('both', (value) => exactly<number>()(value));
    socket.emit('both', 1);
    // @ts-expect-error The value is a number.
    socket.emit('both', 'one');
  });
  // @ts-expect-error Nobody sends that.
  io.emit('other');
}
