import type { BroadcastOptions, Room } from './broadcast-options.js';
import type { RestoredSession, SessionToPersist } from './adapter.js';

interface StoredSession {
  readonly session: SessionToPersist;
  readonly expiresAt: number;
}

interface LoggedPacket {
  readonly data: unknown[];
  readonly rooms: ReadonlySet<Room>;
  readonly except: ReadonlySet<Room>;
  readonly expiresAt: number;
}

/**
 * What interrupted clients need to go on: their sessions, and the packets that were sent meanwhile.
 *
 * Everything is kept for one duration; what is older is dropped by whatever is called next.
 */
export class SessionLog {
  readonly #duration: number;
  readonly #now: () => number;
  readonly #prefix: string;
  readonly #sessions = new Map<string, StoredSession>();
  #packets: LoggedPacket[] = [];
  /** The position of the first packet that is kept. */
  #first = 0;

  /**
   * @param duration how long sessions and packets are kept, in milliseconds.
   * @param prefix tells the offsets of this log from those of another, such as one before a restart.
   */
  constructor(duration: number, prefix: string, now: () => number = Date.now) {
    this.#duration = duration;
    this.#prefix = prefix;
    this.#now = now;
  }

  /** How many packets are kept. */
  get packetCount(): number {
    return this.#packets.length;
  }

  /** How many sessions are kept. */
  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** The offset that the next appended packet gets. */
  nextOffset(): string {
    return `${this.#prefix}.${(this.#first + this.#packets.length).toString(36)}`;
  }

  /** Keeps a packet. @param data the event's name and arguments, its offset last. */
  append(data: unknown[], { rooms, except }: BroadcastOptions): void {
    const expiresAt = this.#now() + this.#duration;
    this.prune();
    this.#packets.push({ data, rooms, except, expiresAt });
  }

  persist(session: SessionToPersist): void {
    this.prune();
    // Behind the others: they expire in the order they stand in.
    this.#sessions.delete(session.pid);
    this.#sessions.set(session.pid, { session, expiresAt: this.#now() + this.#duration });
  }

  /**
   * Takes a session, once, with the packets that its client missed behind `offset`, until they are read.
   *
   * @returns `null` when the session or the packet at the offset is not kept.
   */
  take(pid: string, offset: string): RestoredSession | null {
    this.prune();
    const stored = this.#sessions.get(pid);
    const position = this.#positionOf(offset);
    if (stored === undefined || position === undefined) return null;
    this.#sessions.delete(pid);
    const missed = (): unknown[][] => this.#behind(position, new Set(stored.session.rooms));
    return {
      ...stored.session,
      // Read when the socket has joined its rooms: middlewares may take their time before.
      get missedPackets() {
        return missed();
      },
    };
  }

  /** Drops what is too old. */
  prune(): void {
    const now = this.#now();
    let expired = 0;
    while (expired < this.#packets.length && this.#packets[expired]!.expiresAt <= now) expired++;
    // In large steps: each moves what is left.
    if (expired * 2 > this.#packets.length) {
      this.#packets = this.#packets.slice(expired);
      this.#first += expired;
    }
    for (const [pid, { expiresAt }] of this.#sessions) {
      if (expiresAt > now) break;
      this.#sessions.delete(pid);
    }
  }

  #behind(position: number, rooms: ReadonlySet<Room>): unknown[][] {
    return this.#packets
      .slice(Math.max(position + 1 - this.#first, 0))
      .filter((packet) => reaches(packet, rooms))
      .map(({ data }) => data);
  }

  #positionOf(offset: string): number | undefined {
    const prefix = `${this.#prefix}.`;
    if (!offset.startsWith(prefix)) return undefined;
    const position = Number.parseInt(offset.slice(prefix.length), 36);
    const packet = this.#packets[position - this.#first];
    return packet !== undefined && packet.data.at(-1) === offset ? position : undefined;
  }
}

/** Whether a broadcast to `rooms`, but not `except`, reaches who is in the rooms `members`. */
export function reaches(
  { rooms, except }: { readonly rooms: ReadonlySet<Room>; readonly except: ReadonlySet<Room> },
  members: ReadonlySet<Room>,
): boolean {
  return (rooms.size === 0 || haveCommon(rooms, members)) && !haveCommon(except, members);
}

function haveCommon(some: ReadonlySet<Room>, others: ReadonlySet<Room>): boolean {
  for (const each of some) if (others.has(each)) return true;
  return false;
}
