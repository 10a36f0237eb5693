import { HttpStatus, Inject, Injectable } from '@nestjs/common';
import { RookeryError, type Socket, type SocketConnection } from '../../server/index.js';
import { internalAnswer } from '../exceptions/error-answer.js';
import { emitException } from '../exceptions/error-report.js';
import { WsException, type ErrorAnswer } from '../exceptions/ws.exception.js';
import type { SocketIoModuleOptions } from '../socketio.options.js';
import { SOCKET_IO_OPTIONS } from '../socketio.tokens.js';
import { userOf } from './user.js';

/** The sockets of a user, by connection; the oldest connection comes first. */
type Connections = Map<SocketConnection, Set<Socket>>;

const tooMany: ErrorAnswer = { status: HttpStatus.TOO_MANY_REQUESTS, message: 'Too many connections' };
const policies: readonly unknown[] = ['refuse', 'disconnect-oldest'];

/** Counts the connections of each user, and bounds them, where the option `maxConnectionsPerUser` says so. */
@Injectable()
export class UserConnections {
  readonly isLimited: boolean;
  readonly #limit: number | ((user: never) => number | undefined);
  readonly #refuses: boolean;
  readonly #byUser = new Map<string, Connections>();
  readonly #users = new Map<Socket, string>();

  /** @throws RookeryError `INVALID_OPTION` for what cannot be a limit. */
  constructor(@Inject(SOCKET_IO_OPTIONS) options: SocketIoModuleOptions) {
    const { maxConnectionsPerUser: limit = Infinity, onTooManyConnections: policy = 'refuse' } = options;
    if (typeof limit !== 'function' && !(typeof limit === 'number' && limit >= 1)) {
      throw new RookeryError(
        'INVALID_OPTION',
        `maxConnectionsPerUser is a number from 1 on, or a function of the user, not ${String(limit)}`,
      );
    }
    if (!policies.includes(policy)) {
      throw new RookeryError(
        'INVALID_OPTION',
        `onTooManyConnections is "refuse" or "disconnect-oldest", not ${String(policy)}`,
      );
    }
    this.isLimited = limit !== Infinity;
    this.#limit = limit;
    this.#refuses = policy === 'refuse';
  }

  /**
   * Asks whether one more connection of a user may come in.
   *
   * @param user what names the user; the same for all of the user's sockets.
   * @throws WsException with status 429 when it may not.
   */
  admit(socket: Socket, user: string | undefined): void {
    if (user === undefined) return;
    const limit = this.#limitFor(socket);
    // Of none at all, the oldest cannot go.
    if (limit < 1 || (this.#refuses && this.#countWith(socket, user) > limit)) throw new WsException(tooMany);
  }

  /** Counts a socket that has come in as its user's, and no other's, until it leaves; too many are disconnected. */
  update(socket: Socket, user: string | undefined): void {
    if (!this.isLimited) return;
    const before = this.#users.get(socket);
    if (before === user) return;
    if (before === undefined) socket.once('disconnect', () => this.#forget(socket));
    else this.#forget(socket);
    if (user === undefined) return;
    const limit = this.#limitOrExpel(socket);
    this.#add(socket, user);
    const connections = this.#byUser.get(user)!;
    const excess = connections.size - limit;
    if (excess <= 0) return;
    const leaving = this.#refuses || limit < 1 ? [socket.client] : [...connections.keys()].slice(0, excess);
    for (const connection of leaving) {
      for (const each of [...(connections.get(connection) ?? [])]) expel(each, tooMany);
    }
  }

  #limitOrExpel(socket: Socket): number {
    try {
      return this.#limitFor(socket);
    } catch (error) {
      // Nobody stays uncounted.
      expel(socket, internalAnswer());
      throw error;
    }
  }

  #add(socket: Socket, user: string): void {
    const connections = this.#byUser.get(user) ?? new Map<SocketConnection, Set<Socket>>();
    const sockets = connections.get(socket.client) ?? new Set<Socket>();
    this.#byUser.set(user, connections.set(socket.client, sockets.add(socket)));
    this.#users.set(socket, user);
  }

  #forget(socket: Socket): void {
    const user = this.#users.get(socket);
    if (user === undefined) return;
    this.#users.delete(socket);
    const connections = this.#byUser.get(user);
    const sockets = connections?.get(socket.client);
    sockets?.delete(socket);
    if (sockets?.size === 0) connections?.delete(socket.client);
    if (connections?.size === 0) this.#byUser.delete(user);
  }

  #countWith(socket: Socket, user: string): number {
    const connections = this.#byUser.get(user);
    if (connections === undefined) return 1;
    // Its connection may be there already, in another namespace.
    return connections.size + (connections.has(socket.client) ? 0 : 1);
  }

  #limitFor(socket: Socket): number {
    const limit: unknown = typeof this.#limit === 'function' ? this.#limit(userOf(socket) as never) : this.#limit;
    if (limit === undefined) return Infinity;
    // A limit that cannot be read must not become none.
    if (typeof limit === 'number' && !Number.isNaN(limit)) return limit;
    throw new TypeError(`maxConnectionsPerUser gave ${String(limit)}, which is no number`);
  }
}

/** Tells a socket why, and disconnects it. */
function expel(socket: Socket, answer: ErrorAnswer): void {
  try {
    emitException(socket, 'connection', answer);
  } finally {
    socket.disconnect();
  }
}
