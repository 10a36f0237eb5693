import { NodeEntries } from './node-entries.js';
import { leaveReasons, PresenceConnection, type LeaveReason } from './presence-member.js';
import {
  asPresenceMessage,
  inChunks,
  OpCode,
  setOp,
  type Op,
  type PresenceMessage,
  type SetOp,
} from './presence-message.js';
import type { Roster } from './roster.js';

/** What a replication reads time from and waits with; none of it keeps a process alive. */
export interface PresenceClock {
  /** Milliseconds that only grow. */
  now(): number;
  /** Calls back at the end of the turn of the event loop. */
  defer(callback: () => void): void;
  later(callback: () => void, milliseconds: number): void;
}

/** What a replication is made with; times in milliseconds. */
export interface ReplicationOptions {
  readonly nodeId: string;
  readonly roster: Roster;
  readonly clock: PresenceClock;
  /** Carries a message to the other nodes; missing where there are none. */
  readonly send: ((message: PresenceMessage) => void) | undefined;
  readonly heartbeatInterval: number;
  readonly heartbeatTimeout: number;
  /** How long the members of a node that has said goodbye stay. */
  readonly leaveDelay: number;
}

/** What is known of another node. */
class RemoteNode {
  version = 0;
  entries = new NodeEntries();
  lastHeard: number;
  /** It has said more than was heard. */
  isBehind = false;
  /** It has said goodbye, and its members stay for a moment. */
  isLeaving = false;
  askedAt = Number.NEGATIVE_INFINITY;
  /** The parts of its state that have come. */
  parts: { readonly version: number; readonly of: number; readonly ops: Map<number, readonly SetOp[]> } | null = null;

  constructor(now: number) {
    this.lastHeard = now;
  }
}

/** More nodes, and more memories of those that have left, are kept of nobody. */
const maxNodes = 1_024;
/** The least time between two answers with all that this node has. */
const statePause = 200;
const longestTick = 1_000;
/** What is said before the bus has been joined is lost; nobody answers twice what he has answered. */
const hellosAt = [0, 500, 2_000];

/**
 * Keeps the entries of every node the same on all of them.
 *
 * Only a node changes its own entries, one version per change: there is nothing to agree upon, and no leader. Whoever sees
 * that versions are missing asks for the whole.
 */
export class Replication {
  /** Milliseconds between two calls of `tick()`. */
  readonly tickInterval: number;
  readonly own = new NodeEntries();
  sent = 0;
  received = 0;
  /** Messages that were none. */
  malformed = 0;
  readonly #options: ReplicationOptions;
  readonly #roster: Roster;
  readonly #clock: PresenceClock;
  readonly #nodes = new Map<string, RemoteNode>();
  /** Nodes that have said goodbye; what comes late changes nothing. */
  readonly #gone = new Set<string>();
  #version = 0;
  /** Changes that have not been sent, up to `#version`. */
  #pending: Op[] = [];
  readonly #asking = new Set<string>();
  #owesBeat = false;
  #owesState = false;
  #isFlushDue = false;
  #isStateDelayed = false;
  #stateSentAt = Number.NEGATIVE_INFINITY;
  #saidAt = Number.NEGATIVE_INFINITY;
  #tickedAt: number;
  #isClosed = false;

  constructor(options: ReplicationOptions) {
    this.#options = options;
    this.#roster = options.roster;
    this.#clock = options.clock;
    this.#tickedAt = options.clock.now();
    this.tickInterval = Math.min(options.heartbeatInterval, options.heartbeatTimeout / 4, longestTick);
  }

  /** How many other nodes have members, or had. */
  get nodes(): number {
    return this.#nodes.size;
  }

  /** How many connections there are, on all nodes. */
  get connections(): number {
    let count = this.own.size;
    for (const { entries } of this.#nodes.values()) count += entries.size;
    return count;
  }

  /** Asks who is there; more than once, since a bus may be late. */
  start(): void {
    for (const delay of hellosAt) {
      this.#clock.later(() => this.#say({ t: 'hello', n: this.#options.nodeId }), delay);
    }
  }

  /** A connection of this node is there, or has other metadata. */
  set(room: string, connection: PresenceConnection): void {
    // Noted first: a listener may change it once more.
    this.#change(setOp(room, connection));
    this.#put(this.own, room, connection);
  }

  /** A connection of this node is no longer there; `false` where it was not. */
  remove(room: string, id: string, reason: LeaveReason): boolean {
    if (this.own.get(room, id) === undefined) return false;
    this.#change([reason === leaveReasons.left ? OpCode.left : OpCode.disconnected, room, id]);
    return this.#take(this.own, room, id, reason);
  }

  /** The connection that another node has for a socket. */
  findElsewhere(room: string, id: string): PresenceConnection | undefined {
    for (const { entries } of this.#nodes.values()) {
      const found = entries.get(room, id);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Takes what a bus brings; whatever it is. */
  receive(value: unknown): void {
    if (this.#isClosed) return;
    const message = asPresenceMessage(value);
    if (message === undefined) {
      this.malformed++;
      return;
    }
    const { n } = message;
    if (n === this.#options.nodeId || this.#gone.has(n)) return;
    this.received++;
    const node = this.#nodes.get(n);
    if (node !== undefined) node.lastHeard = this.#clock.now();
    switch (message.t) {
      case 'hello':
        if (this.#version > 0) this.#owe(() => (this.#owesBeat = true));
        return;
      case 'ask':
        if (message.to.includes(this.#options.nodeId)) this.#owe(() => (this.#owesState = true));
        return;
      case 'bye':
        this.#onBye(n);
        return;
      case 'beat':
        if (message.v > 0) this.#onBeat(n, node ?? this.#meet(n), message.v, message.c);
        return;
      case 'delta':
        this.#onDelta(n, node ?? this.#meet(n), message.f, message.o);
        return;
      case 'state':
        this.#onState(node ?? this.#meet(n), message);
    }
  }

  /** To be called every `tickInterval`: says that this node is there, and lets go of those that are silent. */
  tick(): void {
    const now = this.#clock.now();
    const stall = now - this.#tickedAt - this.tickInterval;
    this.#tickedAt = now;
    for (const [id, node] of this.#nodes) {
      if (node.isLeaving) continue;
      // This process stood still: what the others have said meanwhile is not read yet.
      // What was read since then, before this tick, is no newer than now.
      if (stall > this.tickInterval) node.lastHeard = Math.min(now, node.lastHeard + stall);
      if (now - node.lastHeard > this.#options.heartbeatTimeout) this.#lose(id, node, leaveReasons.nodeLost);
      else if (node.isBehind) this.#ask(id, node);
    }
    if (this.#version > 0 && now - this.#saidAt >= this.#options.heartbeatInterval) {
      this.#owe(() => (this.#owesBeat = true));
    }
  }

  /** Says goodbye; nothing is said or heard any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#flush();
    if (this.#version > 0) this.#say({ t: 'bye', n: this.#options.nodeId });
    this.#isClosed = true;
    this.#nodes.clear();
  }

  #put(entries: NodeEntries, room: string, connection: PresenceConnection): void {
    const before = entries.get(room, connection.id);
    if (before !== undefined && before.key !== connection.key) {
      this.#take(entries, room, connection.id, leaveReasons.left);
      this.#put(entries, room, connection);
      return;
    }
    entries.set(room, connection);
    if (before === undefined) this.#roster.add(room, connection);
    else this.#roster.replace(room, before, connection);
  }

  #take(entries: NodeEntries, room: string, id: string, reason: LeaveReason): boolean {
    const connection = entries.get(room, id);
    if (connection === undefined) return false;
    entries.delete(room, id);
    this.#roster.remove(room, connection, reason);
    return true;
  }

  #change(op: Op): void {
    if (this.#options.send === undefined || this.#isClosed) return;
    this.#version++;
    this.#pending.push(op);
    this.#scheduleFlush();
  }

  #owe(note: () => void): void {
    note();
    this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    this.#clock.defer(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushDue = false;
    if (this.#isClosed) return;
    const { nodeId: n } = this.#options;
    const v = this.#version;
    if (this.#pending.length > 0) {
      const ops = this.#pending;
      this.#pending = [];
      let f = v - ops.length;
      for (const o of inChunks(ops)) {
        this.#say({ t: 'delta', n, f, o });
        f += o.length;
      }
      // It tells as much as a heartbeat, but for the count, and who did not hear it hears the next one.
      this.#saidAt = this.#clock.now();
    }
    if (this.#asking.size > 0) {
      this.#say({ t: 'ask', n, to: [...this.#asking] });
      this.#asking.clear();
    }
    if (this.#owesState) this.#sendState();
    if (this.#owesBeat) {
      this.#owesBeat = false;
      this.#saidAt = this.#clock.now();
      this.#say({ t: 'beat', n, v, c: this.own.size });
    }
  }

  /** However many ask, and however often, the whole is sent a few times in a second. */
  #sendState(): void {
    const wait = this.#stateSentAt + statePause - this.#clock.now();
    if (wait > 0) {
      if (this.#isStateDelayed) return;
      this.#isStateDelayed = true;
      this.#clock.later(() => {
        this.#isStateDelayed = false;
        this.#scheduleFlush();
      }, wait);
      return;
    }
    this.#owesState = false;
    this.#stateSentAt = this.#clock.now();
    const chunks = inChunks(Array.from(this.own, ([room, connection]) => setOp(room, connection)));
    const { nodeId: n } = this.#options;
    for (const [i, o] of chunks.entries()) this.#say({ t: 'state', n, v: this.#version, i, of: chunks.length, o });
  }

  #say(message: PresenceMessage): void {
    if (this.#isClosed) return;
    this.sent++;
    this.#options.send?.(message);
  }

  #meet(id: string): RemoteNode {
    const node = new RemoteNode(this.#clock.now());
    // Beyond, a bus that makes up nodes fills no memory: what they say is heard, and forgotten.
    if (this.#nodes.size < maxNodes) this.#nodes.set(id, node);
    return node;
  }

  #onBeat(id: string, node: RemoteNode, version: number, count: number): void {
    if (version < node.version || (version === node.version && count === node.entries.size)) return;
    node.isBehind = true;
    this.#ask(id, node);
  }

  #onDelta(id: string, node: RemoteNode, from: number, ops: readonly Op[]): void {
    if (from + ops.length <= node.version) return;
    if (from !== node.version) {
      node.isBehind = true;
      this.#ask(id, node);
      return;
    }
    for (const op of ops) this.#apply(id, node, op);
    node.version = from + ops.length;
  }

  #onState(node: RemoteNode, { n, v, i, of, o }: Extract<PresenceMessage, { t: 'state' }>): void {
    if (v < node.version || (v === node.version && !node.isBehind)) return;
    if (node.parts !== null && node.parts.version > v) return;
    if (node.parts?.version !== v || node.parts.of !== of) node.parts = { version: v, of, ops: new Map() };
    const { ops } = node.parts;
    ops.set(i, o);
    if (ops.size < of) return;
    node.parts = null;
    this.#replaceAll(n, node, [...ops.values()].flat());
    node.version = v;
    node.isBehind = false;
  }

  #replaceAll(id: string, node: RemoteNode, ops: readonly SetOp[]): void {
    const wanted = new NodeEntries();
    for (const op of ops) wanted.set(op[1], connectionOf(id, op));
    for (const [room, connection] of [...node.entries]) {
      if (wanted.get(room, connection.id) === undefined) {
        this.#take(node.entries, room, connection.id, leaveReasons.left);
      }
    }
    for (const [room, connection] of wanted) {
      const known = node.entries.get(room, connection.id);
      if (known === undefined || !isSame(known, connection)) this.#put(node.entries, room, connection);
    }
  }

  #apply(id: string, node: RemoteNode, op: Op): void {
    const [code, room, socketId] = op;
    if (code === OpCode.set) this.#put(node.entries, room, connectionOf(id, op));
    else this.#take(node.entries, room, socketId, code === OpCode.left ? leaveReasons.left : leaveReasons.disconnected);
  }

  #ask(id: string, node: RemoteNode): void {
    const now = this.#clock.now();
    if (now - node.askedAt < this.tickInterval) return;
    node.askedAt = now;
    this.#asking.add(id);
    this.#scheduleFlush();
  }

  #onBye(id: string): void {
    if (this.#gone.size === maxNodes) this.#gone.delete(this.#gone.values().next().value!);
    this.#gone.add(id);
    const node = this.#nodes.get(id);
    if (node === undefined) return;
    const { leaveDelay } = this.#options;
    if (leaveDelay === 0) {
      this.#lose(id, node, leaveReasons.nodeLeft);
      return;
    }
    // Whoever was there may be on the way to another node.
    node.isLeaving = true;
    this.#clock.later(() => this.#lose(id, node, leaveReasons.nodeLeft), leaveDelay);
  }

  #lose(id: string, node: RemoteNode, reason: LeaveReason): void {
    if (this.#nodes.get(id) !== node) return;
    this.#nodes.delete(id);
    this.#asking.delete(id);
    for (const [room, connection] of [...node.entries]) this.#take(node.entries, room, connection.id, reason);
  }
}

function connectionOf(node: string, [, , id, key, metadata]: SetOp): PresenceConnection {
  const hasKey = typeof key === 'string';
  return new PresenceConnection(id, node, hasKey ? key : id, metadata);
}

function isSame(one: PresenceConnection, other: PresenceConnection): boolean {
  return one.key === other.key && JSON.stringify(one.metadata) === JSON.stringify(other.metadata);
}
