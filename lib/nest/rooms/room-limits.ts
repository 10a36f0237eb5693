import { HttpStatus, Inject, Injectable } from '@nestjs/common';
import type { LimitName, Room, Socket } from '../../server/index.js';
import { positive, resolveRate, TokenBucket, type Rate } from '../../shared/index.js';
import { WsException } from '../exceptions/ws.exception.js';
import { isUserRoom } from '../handshake/user-room.js';
import { modulePresetOf } from '../module-preset.js';
import { isThenable } from '../pipeline/thenable.js';
import type { SocketIoModuleOptions } from '../socketio.options.js';
import { SOCKET_IO_OPTIONS } from '../socketio.tokens.js';
import type { RoomMoves } from './room-moves.js';

/** What is remembered of a socket that joins and leaves. */
class Visitor {
  readonly bucket: TokenBucket | undefined;
  /** The rooms it has joined, with how many joins are under way; those it is gone from are found when it matters. */
  readonly rooms: Map<Room, number>;

  constructor(rate: Rate | false, rooms: Iterable<Room>) {
    this.bucket = rate === false ? undefined : new TokenBucket(rate, performance.now());
    this.rooms = new Map([...rooms].map((room) => [room, 0]));
  }
}

const refusals = {
  joinRate: 'Too many joins and leaves',
  maxRoomsPerSocket: 'Too many rooms',
} as const satisfies Partial<Record<LimitName, string>>;

/** Bounds what `@JoinRoom()` and `@LeaveRoom()` do for a socket: how often, and how many rooms it is in. */
@Injectable()
export class RoomLimits implements RoomMoves {
  readonly #maxRooms: number;
  readonly #rate: Rate | false;
  readonly #visitors = new WeakMap<Socket, Visitor>();

  /** @throws RookeryError `INVALID_OPTION` for what cannot be a limit. */
  constructor(@Inject(SOCKET_IO_OPTIONS) options: SocketIoModuleOptions) {
    const preset = modulePresetOf(options);
    this.#maxRooms = positive('maxRoomsPerSocket', options.maxRoomsPerSocket ?? preset.maxRoomsPerSocket);
    this.#rate = resolveRate('joinRate', options.joinRate ?? preset.joinRate);
  }

  // hot: without limits nothing is made, nor kept.
  admit(socket: Socket, joined: readonly Room[]): void {
    if (this.#rate === false && this.#maxRooms === Infinity) return;
    const visitor = this.#visitorOf(socket);
    if (visitor.bucket?.take(performance.now()) === false) throw this.#refusal(socket, 'joinRate');
    if (joined.length > 0) this.#assertRoom(socket, visitor, joined);
  }

  join(socket: Socket, room: Room): void | Promise<void> {
    if (this.#maxRooms === Infinity) return socket.join(room);
    const { rooms } = this.#assertRoom(socket, this.#visitorOf(socket), [room]);
    const joining = socket.join(room);
    const others = rooms.get(room) ?? 0;
    rooms.set(room, others);
    if (!isThenable(joining)) return undefined;
    rooms.set(room, others + 1);
    return joining.finally(() => rooms.set(room, rooms.get(room)! - 1));
  }

  leave(socket: Socket, room: Room): void | Promise<void> {
    const rooms = this.#visitors.get(socket)?.rooms;
    if (rooms?.get(room) === 0) rooms.delete(room);
    return socket.leave(room);
  }

  #visitorOf(socket: Socket): Visitor {
    let visitor = this.#visitors.get(socket);
    if (visitor === undefined) {
      // Else whoever comes back again and again would have ever more.
      const rooms = socket.recovered ? [...socket.rooms].filter((room) => room !== socket.id && !isUserRoom(room)) : [];
      visitor = new Visitor(this.#rate, rooms);
      this.#visitors.set(socket, visitor);
    }
    return visitor;
  }

  #assertRoom(socket: Socket, visitor: Visitor, joined: readonly Room[]): Visitor {
    const { rooms } = visitor;
    if (this.#fits(rooms, joined)) return visitor;
    for (const [room, joins] of rooms) {
      if (joins === 0 && !socket.rooms.has(room)) rooms.delete(room);
    }
    if (!this.#fits(rooms, joined)) throw this.#refusal(socket, 'maxRoomsPerSocket');
    return visitor;
  }

  #fits(rooms: ReadonlyMap<Room, number>, joined: readonly Room[]): boolean {
    const added = new Set(joined.filter((room) => !rooms.has(room)));
    return rooms.size + added.size <= this.#maxRooms;
  }

  #refusal({ conn }: Socket, limit: keyof typeof refusals): WsException {
    const max = limit === 'joinRate' && this.#rate !== false ? this.#rate.perSecond : this.#maxRooms;
    conn.server.limits.report({ limit, max, socket: conn });
    return new WsException({ status: HttpStatus.TOO_MANY_REQUESTS, message: refusals[limit], code: limit });
  }
}
