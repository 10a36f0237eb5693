import { PacketType, type Packet } from '../protocol/index.js';
import type { RestoredSession, SessionToPersist } from './session.js';
import type { BroadcastOptions, Room, SocketId } from './broadcast-options.js';
import { ClusterAdapter, type ClusterOptions } from './cluster-adapter.js';
import type { ClusterLinkFactory, ClusterLog, RecoveringClusterLink } from './cluster-link.js';
import { asClusterMessage, MessageType, type NodeId } from './cluster-message.js';
import { ClusterOffset } from './cluster-offset.js';
import type { AdapterHost } from './host.js';
import { asKeptSession, type KeptSession } from './kept-session.js';
import { reaches } from './session-log.js';

/** A broadcast as the clients of this node got it. */
interface Delivered {
  /** The event's name and arguments, the offset last. */
  readonly data: unknown[];
  readonly rooms: ReadonlySet<Room>;
  readonly except: ReadonlySet<Room>;
}

/** One of this node's own broadcasts that the bus has not brought back yet. */
interface Unsettled extends Delivered {
  readonly seq: number;
}

/** A client that is on its way back: what it missed so far, and what came meanwhile. */
interface Restoration {
  readonly missed: unknown[][];
  readonly rooms: ReadonlySet<Room>;
  readonly meanwhile: Delivered[];
  readonly seen: Seen;
  /** What of it the bus has still to bring to this node. */
  readonly awaited: Seen;
}

/** How many kept broadcasts of each node a client has got, whatever its offset says. */
type Seen = Map<NodeId, number>;

/** How long the bus may take to bring a broadcast that clients have already got, in milliseconds. */
const grace = 60_000;

/** Of how many nodes it is known what a client has got from them, at most. */
const maxSeenNodes = 16;

/** How long a client that is further than this node waits for it, in milliseconds. */
const catchUpTimeout = 5_000;

/** How many broadcasts that the bus has not brought back are kept, at most: it may be away for long. */
const maxUnsettled = 10_000;

/**
 * A cluster adapter on a bus that keeps messages: clients go on where they were, on whatever node they come back to.
 *
 * Clients of a node get its own broadcasts before the bus has them, so that an offset is two things: how far the node had
 * read the bus, and how many broadcasts of its own it had sent. Whoever restores the session reads on from the first, and
 * leaves out what the second covers: nothing is lost and nothing comes twice.
 */
export class RecoveringClusterAdapter extends ClusterAdapter {
  readonly #log: ClusterLog;
  #position: string | null = null;
  #sent = 0;
  #unsettled: Unsettled[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #restorations = new Map<SessionToPersist, Restoration>();
  /** When restored sessions end, for those that are put back. */
  readonly #ends = new WeakMap<SessionToPersist, number>();
  /** What sockets had got on other nodes when they came. */
  readonly #seen = new Map<SocketId, Seen>();
  /** What of it the bus has still to bring. */
  readonly #awaited = new Map<SocketId, { readonly counts: Seen; readonly expiresAt: number }>();

  constructor(nsp: AdapterHost, createLink: ClusterLinkFactory<RecoveringClusterLink>, options: ClusterOptions = {}) {
    super(nsp, createLink, options);
    this.#log = (this.link as RecoveringClusterLink).log;
  }

  override broadcast(packet: Packet, options: BroadcastOptions): void {
    // What goes nowhere else is not kept, and can have no offset.
    if (!this.#isKept(packet, options) || options.flags.local === true) {
      super.broadcast(packet, options);
      return;
    }
    const seq = ++this.#sent;
    const delivered = this.#delivered(packet, options, new ClusterOffset(this.#here, this.nodeId, seq));
    if (this.#unsettled.length === maxUnsettled) this.#unsettled.shift();
    this.#unsettled.push({ ...delivered, seq });
    this.deliver({ ...packet, data: delivered.data }, options);
    this.publishBroadcast(packet, options, seq);
  }

  override async persistSession(session: SessionToPersist): Promise<void> {
    const { sid, pid, rooms, data, owner } = session;
    const seen = this.#restorations.get(session)?.seen ?? this.#seen.get(sid);
    this.#restorations.delete(session);
    const duration = this.nsp.server?.recovery?.maxDisconnectionDuration;
    const until = this.#ends.get(session) ?? (duration === undefined ? undefined : Date.now() + duration);
    const kept: KeptSession = {
      sid,
      pid,
      rooms,
      data,
      ...(owner !== undefined && { owner }),
      ...(until !== undefined && { until }),
    };
    await this.#log.saveSession(pid, seen === undefined ? kept : { ...kept, seen: Object.fromEntries(seen) });
  }

  override async restoreSession(pid: string, offset: string): Promise<RestoredSession | null> {
    const since = ClusterOffset.parse(offset);
    if (since === undefined || !(await this.#reach(since.position))) return null;
    const kept = asKeptSession(await this.#log.takeSession(pid));
    if (kept === undefined || (kept.until ?? Infinity) <= Date.now()) return null;
    const { sid, rooms, data } = kept;
    const seen: Seen = new Map(Object.entries(kept.seen ?? {}));
    if (since.node !== undefined) raise(seen, since.node, since.seq);
    const session: RestoredSession = { sid, pid, rooms, data, missedPackets: [] };
    if (typeof kept.owner === 'string') session.owner = kept.owner;
    if (typeof kept.until === 'number') this.#ends.set(session, kept.until);
    const restoration: Restoration = {
      missed: [],
      rooms: new Set(rooms),
      meanwhile: this.#unsettled.filter(({ seq }) => !isSeen(seen, this.nodeId, seq)),
      seen,
      awaited: new Map(seen),
    };
    const upTo = this.#here;
    this.#restorations.set(session, restoration);
    try {
      if (!(await this.#collect(restoration, since, upTo))) {
        this.#restorations.delete(session);
        return null;
      }
    } catch (error) {
      this.#restorations.delete(session);
      throw error;
    }
    // Read when the socket has joined its rooms: from there on it gets everything itself.
    Object.defineProperty(session, 'missedPackets', { get: () => this.#conclude(session), configurable: true });
    return session;
  }

  override delAll(id: SocketId): void {
    this.#seen.delete(id);
    this.#awaited.delete(id);
    super.delAll(id);
  }

  protected override onPosition(position: string): void {
    this.#position = position;
    for (const check of this.#waiting) check();
  }

  protected override onKept(seq: number): void {
    let settled = 0;
    while (settled < this.#unsettled.length && this.#unsettled[settled]!.seq <= seq) settled++;
    this.#unsettled.splice(0, settled);
  }

  protected override onBroadcast(
    packet: Packet,
    options: BroadcastOptions,
    from: NodeId | undefined,
    seq?: number,
  ): void {
    if (!this.#isKept(packet, options)) {
      this.deliver(packet, options);
      return;
    }
    if (from !== undefined && seq !== undefined && this.#awaited.size > 0) this.#leaveOut(from, seq, options);
    // While nothing of its own is on its way, a node is as far as its position says.
    const isBehind = this.#unsettled.length > 0;
    const offset = new ClusterOffset(this.#here, isBehind ? this.nodeId : undefined, this.#sent);
    const delivered = this.#delivered(packet, options, offset, ({ seen }) => !isSeen(seen, from, seq));
    this.deliver({ ...packet, data: delivered.data }, options);
  }

  #isKept(packet: Packet, { flags }: BroadcastOptions): boolean {
    if (this.nsp.canRecover === false) return false;
    return packet.type === PacketType.EVENT && packet.id === undefined && flags.volatile !== true;
  }

  /** Adds the offset, and remembers the broadcast for those who are on their way back. */
  #delivered(
    packet: Packet,
    { rooms, except }: BroadcastOptions,
    offset: ClusterOffset,
    isFor: (restoration: Restoration) => boolean = () => true,
  ): Delivered {
    const delivered: Delivered = { data: [...(packet.data as unknown[]), offset.toString()], rooms, except };
    for (const restoration of this.#restorations.values()) {
      if (isFor(restoration)) restoration.meanwhile.push(delivered);
    }
    return delivered;
  }

  /** Waits until this node has read as far as the client has; resolves with `false` when that takes too long. */
  #reach(position: string): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (hasReached: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(hasReached);
      };
      const check = (): void => {
        const here = this.#here;
        // A node that has come just now does not know yet where it stands.
        if (this.#log.compare(here, here) === undefined) return;
        const distance = this.#log.compare(here, position);
        if (distance === undefined || distance >= 0) end(distance !== undefined);
      };
      const timer = setTimeout(() => end(false), catchUpTimeout);
      timer.unref();
      this.#waiting.add(check);
      check();
    });
  }

  get #here(): string {
    return this.#position ?? this.#log.start;
  }

  async #collect(restoration: Restoration, since: ClusterOffset, upTo: string): Promise<boolean> {
    const { missed, rooms, seen, awaited } = restoration;
    const logged = await this.#log.read(since.position, upTo);
    if (logged === undefined) return false;
    for (const { position, from, data } of logged) {
      // Whatever stands on the bus was not read before.
      if (asClusterMessage({ type: MessageType.BROADCAST, data }) === undefined) continue;
      const { packet, opts, seq, requestId } = data;
      if (typeof requestId === 'string' || opts.flags.volatile === true) continue;
      if (isSeen(seen, from, seq)) {
        if (seq === seen.get(from)) awaited.delete(from);
        continue;
      }
      if (!reaches({ rooms: new Set(opts.rooms), except: new Set(opts.except) }, rooms)) continue;
      const offset = new ClusterOffset(position, since.node, since.seq).toString();
      missed.push([...(packet.data as unknown[]), offset]);
    }
    awaited.delete(this.nodeId);
    return true;
  }

  #conclude(session: RestoredSession): unknown[][] {
    const restoration = this.#restorations.get(session);
    if (restoration === undefined) return [];
    this.#restorations.delete(session);
    const { missed, meanwhile, rooms, seen, awaited } = restoration;
    if (seen.size > 0) this.#seen.set(session.sid, seen);
    if (awaited.size > 0) this.#awaited.set(session.sid, { counts: awaited, expiresAt: Date.now() + grace });
    return [...missed, ...meanwhile.filter((each) => reaches(each, rooms)).map(({ data }) => data)];
  }

  /** Leaves out the sockets that have got the broadcast from the node itself, before they came here. */
  #leaveOut(from: NodeId, seq: number, { except }: BroadcastOptions): void {
    const now = Date.now();
    for (const [id, { counts, expiresAt }] of this.#awaited) {
      const count = counts.get(from) ?? 0;
      if (seq <= count) except.add(id);
      if (seq >= count) counts.delete(from);
      if (counts.size === 0 || expiresAt <= now) this.#awaited.delete(id);
    }
  }
}

function isSeen(seen: Seen, from: NodeId | undefined, seq: number | undefined): boolean {
  return from !== undefined && seq !== undefined && seq <= (seen.get(from) ?? 0);
}

/** Those of late stand last; of those before, the offset has long gone past. */
function raise(seen: Seen, node: NodeId, seq: number): void {
  const before = seen.get(node) ?? 0;
  seen.delete(node);
  seen.set(node, Math.max(before, seq));
  if (seen.size > maxSeenNodes) seen.delete(seen.keys().next().value!);
}
