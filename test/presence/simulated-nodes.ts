import type { PresenceConnection as Connection } from '../../lib/presence/index.js';
import { PresenceConnection, type LeaveReason } from '../../lib/presence/presence-member.js';
import type { PresenceMessage } from '../../lib/presence/presence-message.js';
import { Replication, type PresenceClock } from '../../lib/presence/replication.js';
import { Roster } from '../../lib/presence/roster.js';

/** A clock that stands until it is set forward. */
export class ManualClock implements PresenceClock {
  #now = 0;
  #order = 0;
  readonly #waiting: { readonly due: number; readonly order: number; readonly callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }
  defer(callback: () => void): void {
    this.later(callback, 0);
  }
  later(callback: () => void, milliseconds: number): void {
    this.#waiting.push({ due: this.#now + milliseconds, order: this.#order++, callback });
    this.#waiting.sort((one, other) => one.due - other.due || one.order - other.order);
  }
  /** Sets it forward; what is due meanwhile is called, each at its time. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    while (this.#waiting.length > 0 && this.#waiting[0]!.due <= end) {
      const { due, callback } = this.#waiting.shift()!;
      this.#now = Math.max(this.#now, due);
      callback();
    }
    this.#now = end;
  }
}

/** What the nodes say, on its way. */
export interface Letter {
  readonly to: SimulatedNode;
  readonly message: PresenceMessage;
}

export const times = { heartbeatInterval: 1_000, heartbeatTimeout: 5_000, leaveDelay: 0 };

/** A node with nothing but its replication. */
export class SimulatedNode {
  readonly events: string[] = [];
  readonly said: PresenceMessage[] = [];
  readonly roster = new Roster({
    joined: (room, { key }) => this.events.push(`join ${room} ${key}`),
    updated: (room, { key }) => this.events.push(`update ${room} ${key}`),
    left: (room, { key }, reason: LeaveReason) => this.events.push(`leave ${room} ${key}: ${reason}`),
  });
  readonly replication: Replication;
  readonly id: string;
  /** Stands still: it neither says nor hears anything. */
  isPaused = false;

  constructor(id: string, clock: PresenceClock, send: (message: PresenceMessage) => void, more: object = {}) {
    this.id = id;
    this.replication = new Replication({
      nodeId: id,
      roster: this.roster,
      clock,
      send: (message) => {
        this.said.push(message);
        send(message);
      },
      ...times,
      ...more,
    });
  }

  set(room: string, socket: string, key = socket, metadata?: unknown): void {
    this.replication.set(room, new PresenceConnection(socket, this.id, key, metadata));
  }

  /** Everyone it knows, as text. */
  get view(): string[] {
    return viewOf(this.roster);
  }

  /** Its own, as text. */
  get own(): string[] {
    return [...this.replication.own].map(([room, connection]) => lineOf(room, connection)).sort();
  }
}

export function viewOf(roster: Roster): string[] {
  return roster.rooms
    .flatMap((room) =>
      roster.membersOf(room).flatMap(({ connections }) => connections.map((each) => lineOf(room, each))),
    )
    .sort();
}

function lineOf(room: string, { id, node, key, metadata }: Connection): string {
  return `${room} ${key} ${node}/${id} ${JSON.stringify(metadata)}`;
}

/** Nodes and what is between them. */
export class SimulatedNetwork {
  readonly clock = new ManualClock();
  readonly nodes: SimulatedNode[] = [];
  letters: Letter[] = [];
  readonly #more: object;

  constructor(more: object = {}) {
    this.#more = more;
  }

  add(id: string): SimulatedNode {
    const node: SimulatedNode = new SimulatedNode(id, this.clock, (message) => this.#carry(node, message), this.#more);
    this.nodes.push(node);
    node.replication.start();
    return node;
  }

  /** The node's process is gone. */
  kill(node: SimulatedNode): void {
    this.nodes.splice(this.nodes.indexOf(node), 1);
    this.letters = this.letters.filter(({ to }) => to !== node);
    node.isPaused = true;
  }

  /** Brings everything that is on its way, and what is said because of it. */
  deliver(): void {
    for (;;) {
      this.clock.advance(0);
      const held: Letter[] = [];
      const letters = this.letters.splice(0);
      for (const letter of letters) {
        if (letter.to.isPaused) held.push(letter);
        else letter.to.replication.receive(structuredClone(letter.message));
      }
      this.letters.push(...held);
      this.clock.advance(0);
      if (this.letters.length === held.length) return;
    }
  }

  /** Time passes, in steps of a tick; what is said is heard. */
  pass(milliseconds: number): void {
    const step = 250;
    for (let passed = 0; passed < milliseconds; passed += step) {
      this.clock.advance(step);
      for (const node of this.nodes) if (!node.isPaused) node.replication.tick();
      this.deliver();
    }
  }

  #carry(from: SimulatedNode, message: PresenceMessage): void {
    if (from.isPaused) return;
    for (const to of this.nodes) if (to !== from) this.letters.push({ to, message });
  }
}
