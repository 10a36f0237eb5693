import type { BroadcastOptions, Room } from './broadcast-options.js';
import { FrontQueue } from './front-queue.js';
import type { RestoredSession, SessionLoss, SessionToPersist } from './session.js';

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

/** How much is kept, and for how long. */
export interface SessionLogLimits {
  /** How long sessions and packets are kept, in milliseconds. */
  readonly maxDisconnectionDuration: number;
  readonly maxSessions: number;
  readonly maxPackets: number;
}

/** Told of what is kept no more. */
export interface SessionLogListener {
  /** Nobody has come back for a session in time, or others took its place. */
  onSessionLost(session: SessionToPersist, why: SessionLoss): void;
  /** A packet had to go before its time. */
  onPacketEvicted(): void;
}

/**
 * What interrupted clients need to go on: their sessions, and the packets that were sent meanwhile.
 *
 * Everything is kept for one duration; what is older is dropped by whatever is called next.
 */
export class SessionLog {
  readonly #limits: SessionLogLimits;
  readonly #listener: SessionLogListener;
  readonly #now: () => number;
  readonly #prefix: string;
  readonly #sessions = new Map<string, StoredSession>();
  /** When those end that were taken: who puts one back gets no more time. */
  readonly #taken = new WeakMap<SessionToPersist, number>();
  readonly #packets = new FrontQueue<LoggedPacket>();
  /** The position of the first packet: how many were kept before, and are no more. */
  #first = 0;

  /**
   * @param prefix tells the offsets of this log from those of another, such as one before a restart.
   */
  constructor(
    limits: SessionLogLimits,
    prefix: string,
    listener: SessionLogListener = { onSessionLost() {}, onPacketEvicted() {} },
    now: () => number = () => performance.now(),
  ) {
    this.#limits = limits;
    this.#listener = listener;
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
    const expiresAt = this.#now() + this.#limits.maxDisconnectionDuration;
    this.prune();
    this.#packets.push({ data, rooms, except, expiresAt });
    if (this.packetCount <= this.#limits.maxPackets) return;
    this.#dropFirst();
    this.#listener.onPacketEvicted();
  }

  persist(session: SessionToPersist): void {
    this.prune();
    const expiresAt = this.#taken.get(session) ?? this.#now() + this.#limits.maxDisconnectionDuration;
    this.#sessions.delete(session.pid);
    this.#sessions.set(session.pid, { session, expiresAt });
    if (this.#sessions.size > this.#limits.maxSessions) this.#lose(this.#sessions.keys().next().value!, 'evicted');
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
    if (stored.expiresAt <= this.#now()) {
      this.#lose(pid, 'expired');
      return null;
    }
    this.#sessions.delete(pid);
    const missed = (): unknown[][] => this.#behind(position, new Set(stored.session.rooms));
    const restored = {
      ...stored.session,
      // Read when the socket has joined its rooms: middlewares may take their time before.
      get missedPackets() {
        return missed();
      },
    };
    this.#taken.set(restored, stored.expiresAt);
    return restored;
  }

  /** Drops what is too old. */
  prune(): void {
    const now = this.#now();
    while (this.packetCount > 0 && this.#packets.first!.expiresAt <= now) this.#dropFirst();
    for (const [pid, { expiresAt }] of this.#sessions) {
      // Those that were put back stand behind some that end later; whoever takes one looks at its end, too.
      if (expiresAt > now) break;
      this.#lose(pid, 'expired');
    }
  }

  #lose(pid: string, why: SessionLoss): void {
    const { session } = this.#sessions.get(pid)!;
    this.#sessions.delete(pid);
    this.#listener.onSessionLost(session, why);
  }

  #dropFirst(): void {
    this.#packets.shift();
    this.#first++;
  }

  #behind(position: number, rooms: ReadonlySet<Room>): unknown[][] {
    return this.#packets
      .slice(Math.max(position + 1 - this.#first, 0), Infinity)
      .filter((packet) => reaches(packet, rooms))
      .map(({ data }) => data);
  }

  #positionOf(offset: string): number | undefined {
    const prefix = `${this.#prefix}.`;
    if (!offset.startsWith(prefix)) return undefined;
    const position = Number.parseInt(offset.slice(prefix.length), 36);
    const packet = this.#packets.at(position - this.#first);
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
