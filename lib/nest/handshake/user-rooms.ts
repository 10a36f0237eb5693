import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Namespace, Server, ServerOptions, Socket } from '../../server/index.js';
import { logError } from '../exceptions/error-report.js';
import type { SocketIoModuleOptions } from '../socketio.options.js';
import { SOCKET_IO_OPTIONS } from '../socketio.tokens.js';
import { isUserId, userRoom } from './user-room.js';
import { UserConnections } from './user-connections.js';
import { userOf } from './user.js';

/** Puts the sockets of a user into the user's room. */
@Injectable()
export class UserRooms {
  readonly #logger = new Logger('SocketIoModule');
  readonly #rooms = new WeakMap<Socket, string>();
  readonly #idOf: (user: object) => unknown;

  readonly #connections: UserConnections;

  constructor(@Inject(SOCKET_IO_OPTIONS) options: SocketIoModuleOptions, connections: UserConnections) {
    this.#idOf = options.userId ?? ownId;
    this.#connections = connections;
  }

  /** Joins each socket that enters any namespace of a server, before anybody else is told of it. */
  watch(server: Server): void {
    const visit = (namespace: Namespace): void => {
      namespace.prependListener('connection', (socket) => this.update(socket));
    };
    visit(server.sockets);
    server.on('new_namespace', visit);
  }

  /** The room of a socket's user; `undefined` where there is none. */
  roomOf(socket: Socket): string | undefined {
    const user = userOf(socket);
    const id = isNobody(user) ? undefined : this.#idOf(user as object);
    return isUserId(id) ? userRoom(id) : undefined;
  }

  /** Adds whose the sessions are that clients come back for: their users', unless the options say otherwise. */
  owning<Options extends ServerOptions>(options: Options): Options {
    const { connectionStateRecovery: recovery } = options;
    if (recovery === undefined) return options;
    return { ...options, connectionStateRecovery: { owner: (socket) => this.roomOf(socket), ...recovery } };
  }

  /** Sees to it that a socket is in the room of its user, and of no other; an error is logged. */
  update(socket: Socket): void {
    const before = this.#rooms.get(socket);
    const failed = (error: unknown): void => logError(this.#logger, 'userId', error);
    try {
      const room = this.roomOf(socket);
      if (room === before) return;
      if (before !== undefined) Promise.resolve(socket.leave(before)).catch(failed);
      this.#rooms.delete(socket);
      if (room !== undefined) {
        this.#rooms.set(socket, room);
        Promise.resolve(socket.join(room)).catch(failed);
      }
      this.#connections.update(socket, room);
    } catch (error) {
      failed(error);
    }
  }
}

function isNobody(user: unknown): boolean {
  return user === undefined || user === null;
}

function ownId(user: { readonly id?: unknown; readonly sub?: unknown }): unknown {
  return user.id ?? user.sub;
}
