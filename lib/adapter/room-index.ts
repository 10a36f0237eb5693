import type { BroadcastOptions, Room, SocketId } from './broadcast-options.js';
import type { AdapterSocket } from './host.js';
import { LiveMap } from './live-map.js';

/** A socket in the index, with its rooms. */
export class Member {
  readonly id: SocketId;
  /** The socket itself, once it was needed. */
  socket: AdapterSocket | undefined = undefined;
  /** Whether it is in the room of its own name, while nobody else is there: most are, and need no more for it. */
  isAlone = false;
  /** The other rooms, and where it stands in the members of each. */
  readonly rooms: RoomMembers[] = [];
  readonly positions: number[] = [];
  /** Where each room stands in `rooms`; `null` while they are few. */
  lookup: Map<RoomMembers, number> | null = null;
  /** Its rooms as applications see them, once they look. */
  view: Set<Room> | null = null;
  /** The room that it is alone in, as applications see it. */
  ownView: Set<SocketId> | null = null;

  constructor(id: SocketId) {
    this.id = id;
  }

  /** Where a room stands in `rooms`; -1 for one that it is not in. */
  find(room: RoomMembers): number {
    return this.lookup === null ? this.rooms.indexOf(room) : (this.lookup.get(room) ?? -1);
  }
}

/** A room with its members. */
class RoomMembers {
  readonly name: Room;
  /** With `null` for who has left during a walk. */
  readonly members: (Member | null)[] = [];
  /** Where this room stands in `rooms` of each member. */
  readonly backward: number[] = [];
  size = 0;
  /** Its members as applications see them, once they look. */
  view: Set<SocketId> | null = null;

  constructor(name: Room) {
    this.name = name;
  }
}

// Up to here a list is searched faster than a map.
const fewRooms = 16;

/**
 * Who is in which room on this node.
 *
 * Members stand in lists, and each knows its places in them: to join and to leave makes nothing, and a broadcast walks
 * over the sockets themselves. Sets are made for applications that look.
 */
export class RoomIndex {
  readonly #rooms = new Map<Room, RoomMembers>();
  readonly #members = new Map<SocketId, Member>();
  /** How many sockets are alone in the room of their own name. */
  #alone = 0;
  /** How many walks are under way, and which rooms were left meanwhile. */
  #walks = 0;
  readonly #withGaps = new Set<RoomMembers>();

  /** room → the ids of its members, as applications see them. */
  readonly rooms: Map<Room, Set<SocketId>>;
  /** socket id → its rooms, as applications see them. */
  readonly sids: Map<SocketId, Set<Room>>;

  constructor() {
    const rooms = this.#rooms;
    const members = this.#members;
    const roomCount = (): number => rooms.size + this.#alone;
    this.rooms = new LiveMap({
      get size() {
        return roomCount();
      },
      has: (room) => this.hasRoom(room),
      view: (room) => this.#roomView(room),
      keys: () => this.#roomNames(),
    });
    this.sids = new LiveMap({
      get size() {
        return members.size;
      },
      has: (id) => members.has(id),
      view: (id) => this.socketRooms(id),
      keys: () => members.keys(),
    });
  }

  /** The member of an id, made when it is new. */
  enter(id: SocketId): Member {
    let member = this.#members.get(id);
    if (member === undefined) {
      member = new Member(id);
      this.#members.set(id, member);
    }
    return member;
  }

  hasRoom(room: Room): boolean {
    return this.#rooms.has(room) || this.#members.get(room)?.isAlone === true;
  }

  /** Puts a member into a room; returns how many are there now, or 0 when it was there already. */
  // hot: one look into a map; nothing is made but the room.
  add(member: Member, name: Room): number {
    let room = this.#rooms.get(name);
    if (room === undefined) {
      const own = this.#members.get(name);
      if (own === member) {
        if (member.isAlone) return 0;
        member.isAlone = true;
        this.#alone++;
        member.view?.add(name);
        return 1;
      }
      room = own?.isAlone === true ? this.#openOwn(own) : this.#open(name);
    }
    if (member.find(room) !== -1) return 0;
    this.#link(member, room);
    member.view?.add(name);
    room.view?.add(member.id);
    return room.size;
  }

  /** Takes a socket out of a room; returns how many are left, or -1 when it was not there. An empty room is gone. */
  remove(id: SocketId, name: Room): number {
    const member = this.#members.get(id);
    if (member === undefined) return -1;
    if (id === name && member.isAlone) {
      this.#leaveOwn(member);
      member.view?.delete(name);
      return 0;
    }
    const room = this.#rooms.get(name);
    const place = room === undefined ? -1 : member.find(room);
    if (place === -1) return -1;
    this.#unlink(member, room!, place);
    member.view?.delete(name);
    room!.view?.delete(id);
    if (room!.size === 0) this.#rooms.delete(name);
    return room!.size;
  }

  /** The names of a socket's rooms, its own first. */
  roomsOf(id: SocketId): Room[] {
    const member = this.#members.get(id);
    if (member === undefined) return [];
    if (member.rooms.length === 0) return member.isAlone ? [id] : [];
    const names = member.rooms.map(({ name }) => name);
    if (member.isAlone) names.unshift(id);
    return names;
  }

  /** The rooms of a socket as applications see them: they stay in step. */
  socketRooms(id: SocketId): Set<Room> | undefined {
    const member = this.#members.get(id);
    return member && (member.view ??= new Set(this.roomsOf(id)));
  }

  /** Forgets a socket that is in no room any more. */
  removeSocket(id: SocketId): void {
    this.#members.delete(id);
  }

  /** Whether a broadcast to these rooms could reach anyone; cheaper than `match`. */
  reaches(rooms: ReadonlySet<Room>): boolean {
    if (rooms.size === 0) return this.#members.size > 0;
    for (const room of rooms) if (this.hasRoom(room)) return true;
    return false;
  }

  /** Visits each member that a broadcast reaches, once; who leaves meanwhile before it is its turn is left out. */
  // hot: no look-up per member, no allocation per member unless several rooms are named.
  match(options: Pick<BroadcastOptions, 'rooms' | 'except'>, visit: (member: Member) => void): void {
    const excluded = this.#named(options.except);
    this.#walks++;
    try {
      if (options.rooms.size === 0) {
        for (const member of this.#members.values()) if (!isIn(excluded, member)) visit(member);
        return;
      }
      const included = this.#named(options.rooms);
      const visited = included.length === 1 ? null : new Set<Member>();
      for (const place of included) {
        if (place instanceof Member) {
          visitOnce(place, excluded, visited, visit);
          continue;
        }
        // Whoever joins meanwhile is visited, too.
        for (let index = 0; index < place.members.length; index++) {
          const member = place.members[index]!;
          if (member !== null) visitOnce(member, excluded, visited, visit);
        }
      }
    } finally {
      if (--this.#walks === 0 && this.#withGaps.size > 0) this.#closeGaps();
    }
  }

  #named(rooms: ReadonlySet<Room>): Place[] {
    const places: Place[] = [];
    for (const name of rooms) {
      const room = this.#rooms.get(name);
      if (room !== undefined) {
        places.push(room);
        continue;
      }
      const own = this.#members.get(name);
      if (own?.isAlone === true) places.push(own);
    }
    return places;
  }

  #open(name: Room): RoomMembers {
    const room = new RoomMembers(name);
    this.#rooms.set(name, room);
    return room;
  }

  /** Makes a room of the one that a socket is alone in. */
  #openOwn(member: Member): RoomMembers {
    const room = this.#open(member.id);
    room.view = member.ownView;
    member.ownView = null;
    this.#leaveOwn(member);
    this.#link(member, room);
    return room;
  }

  #leaveOwn(member: Member): void {
    member.isAlone = false;
    this.#alone--;
    member.ownView?.clear();
    member.ownView = null;
  }

  #roomView(name: Room): Set<SocketId> | undefined {
    const own = this.#members.get(name);
    if (own?.isAlone === true) return (own.ownView ??= new Set([name]));
    const room = this.#rooms.get(name);
    return room && (room.view ??= new Set(room.members.flatMap((member) => member?.id ?? [])));
  }

  *#roomNames(): MapIterator<Room> {
    for (const member of this.#members.values()) if (member.isAlone) yield member.id;
    yield* this.#rooms.keys();
  }

  #link(member: Member, room: RoomMembers): void {
    const place = member.rooms.push(room) - 1;
    member.positions.push(room.members.push(member) - 1);
    room.backward.push(place);
    room.size++;
    if (member.lookup !== null) member.lookup.set(room, place);
    else if (place >= fewRooms) member.lookup = new Map(member.rooms.map((each, index) => [each, index]));
  }

  #unlink(member: Member, room: RoomMembers, place: number): void {
    const position = member.positions[place]!;
    room.size--;
    if (this.#walks > 0) {
      // Nobody changes places under a walk.
      room.members[position] = null;
      this.#withGaps.add(room);
    } else {
      const lastMember = room.members.pop()!;
      const lastPlace = room.backward.pop()!;
      if (lastMember !== member) {
        room.members[position] = lastMember;
        room.backward[position] = lastPlace;
        lastMember!.positions[lastPlace] = position;
      }
    }
    const lastRoom = member.rooms.pop()!;
    const lastPosition = member.positions.pop()!;
    member.lookup?.delete(room);
    if (lastRoom === room) return;
    member.rooms[place] = lastRoom;
    member.positions[place] = lastPosition;
    lastRoom.backward[lastPosition] = place;
    member.lookup?.set(lastRoom, place);
  }

  #closeGaps(): void {
    for (const { members, backward } of this.#withGaps) {
      let kept = 0;
      for (let index = 0; index < members.length; index++) {
        const member = members[index]!;
        if (member === null) continue;
        members[kept] = member;
        backward[kept] = backward[index]!;
        member.positions[backward[index]!] = kept++;
      }
      members.length = kept;
      backward.length = kept;
    }
    this.#withGaps.clear();
  }
}

/** A room, or a socket that is alone in the room of its own name. */
type Place = RoomMembers | Member;

function visitOnce(
  member: Member,
  excluded: readonly Place[],
  visited: Set<Member> | null,
  visit: (member: Member) => void,
): void {
  if (isIn(excluded, member)) return;
  if (visited !== null) {
    if (visited.has(member)) return;
    visited.add(member);
  }
  visit(member);
}

function isIn(places: readonly Place[], member: Member): boolean {
  for (let index = 0; index < places.length; index++) {
    const place = places[index]!;
    if (place === member || (place instanceof RoomMembers && member.find(place) !== -1)) return true;
  }
  return false;
}
