/** Something a `TimerWheel` can call at a deadline; the object is its own list node, its `wheel…` fields are the wheel's. */
export interface WheelNode {
  wheelNext: WheelNode | null;
  wheelPrevious: WheelNode | null;
  /** -1 while it waits for nothing. */
  wheelSlot: number;
  wheelDeadline: number;
  /** Called once when the deadline has passed; the node is free to be scheduled again. */
  onTimer(): void;
}

/** A `WheelNode` to extend. */
export abstract class TimerNode implements WheelNode {
  wheelNext: WheelNode | null = null;
  wheelPrevious: WheelNode | null = null;
  wheelSlot = -1;
  wheelDeadline = 0;

  abstract onTimer(): void;
}

/** What a wheel reads time from and sleeps with; the platform's monotonic clock by default. */
export interface Clock {
  now(): number;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

const platformClock: Clock = {
  now: () => performance.now(),
  setTimeout: (callback, ms) => {
    const handle: unknown = setTimeout(callback, ms);
    (handle as { unref?: () => void }).unref?.();
    return handle;
  },
  clearTimeout: (handle) => clearTimeout(handle as Parameters<typeof clearTimeout>[0]),
};

const slotCount = 512;
/** How long nodes are called before others get their turn, in milliseconds. */
const slice = 5;
/** To ask for the time costs as much as some calls do. */
const callsPerLook = 32;

/**
 * One timer for any number of deadlines.
 *
 * `schedule` and `cancel` cost the same however many nodes wait. A node is called at its deadline or up to one
 * `resolution` later, never earlier; but what is due together is called in slices of 5 ms. The platform timer is armed only
 * while a node waits.
 */
export class TimerWheel {
  readonly #resolution: number;
  readonly #clock: Clock;
  readonly #slots: (WheelNode | null)[] = Array.from({ length: slotCount }, () => null);
  /** The last tick that was walked. */
  #tick = 0;
  #size = 0;
  readonly #origin: number;
  #handle: unknown = null;
  readonly #onTick = (): void => this.#advance();

  /** @param resolution length of one tick, in milliseconds; at least 1. */
  constructor(resolution: number, clock: Clock = platformClock) {
    this.#resolution = Math.max(1, resolution);
    this.#clock = clock;
    this.#origin = clock.now();
  }

  /** How many nodes wait. */
  get size(): number {
    return this.#size;
  }

  /** Calls `node.onTimer()` in `delay` milliseconds; a node that already waits is moved. */
  schedule(node: WheelNode, delay: number): void {
    if (node.wheelSlot !== -1) this.#unlink(node);
    const now = this.#clock.now();
    // Nothing waits, so no slot between the last walk and now needs one.
    if (this.#size === 0) this.#tick = Math.floor((now - this.#origin) / this.#resolution);
    node.wheelDeadline = now + delay;
    // The slot of the first tick that starts at or after the deadline; at least one tick ahead of the walked one.
    const due = Math.max(Math.ceil((node.wheelDeadline - this.#origin) / this.#resolution), this.#tick + 1);
    this.#link(node, due % slotCount);
    if (this.#handle === null) this.#arm(now);
  }

  /** Takes `node` off the wheel; does nothing when it does not wait. */
  cancel(node: WheelNode): void {
    if (node.wheelSlot === -1) return;
    this.#unlink(node);
    if (this.#size === 0) this.#disarm();
  }

  #advance(): void {
    this.#handle = null;
    const now = this.#clock.now();
    const target = Math.floor((now - this.#origin) / this.#resolution);
    // After a long stall one turn over every slot is enough: deadlines are compared, not counted.
    const first = Math.max(this.#tick + 1, target - slotCount + 1);
    for (let tick = first; tick <= target; tick++) {
      this.#tick = tick;
      if (this.#walk(tick % slotCount, now)) continue;
      // The rest of the slot is walked again, in the next turn.
      this.#tick = tick - 1;
      break;
    }
    if (this.#size > 0 && this.#handle === null) this.#arm(this.#clock.now());
  }

  /** @returns whether all that were due have been called. */
  #walk(slot: number, now: number): boolean {
    let node = this.#slots[slot] ?? null;
    // Taken off first: a callback may schedule into the slot that is being walked.
    const due: WheelNode[] = [];
    while (node !== null) {
      const next = node.wheelNext;
      if (node.wheelDeadline <= now) due.push(node);
      node = next;
    }
    for (const [index, dueNode] of due.entries()) {
      if (index % callsPerLook === callsPerLook - 1 && this.#clock.now() - now > slice) return false;
      // A callback before this one may have cancelled or moved it.
      if (dueNode.wheelSlot !== slot || dueNode.wheelDeadline > now) continue;
      this.#unlink(dueNode);
      dueNode.onTimer();
    }
    return true;
  }

  #arm(now: number): void {
    const nextTick = this.#origin + (this.#tick + 1) * this.#resolution;
    this.#handle = this.#clock.setTimeout(this.#onTick, Math.max(1, Math.ceil(nextTick - now)));
  }

  #disarm(): void {
    if (this.#handle === null) return;
    this.#clock.clearTimeout(this.#handle);
    this.#handle = null;
  }

  #link(node: WheelNode, slot: number): void {
    const head = this.#slots[slot] ?? null;
    node.wheelSlot = slot;
    node.wheelPrevious = null;
    node.wheelNext = head;
    if (head !== null) head.wheelPrevious = node;
    this.#slots[slot] = node;
    this.#size++;
  }

  #unlink(node: WheelNode): void {
    if (node.wheelPrevious === null) this.#slots[node.wheelSlot] = node.wheelNext;
    else node.wheelPrevious.wheelNext = node.wheelNext;
    if (node.wheelNext !== null) node.wheelNext.wheelPrevious = node.wheelPrevious;
    node.wheelNext = null;
    node.wheelPrevious = null;
    node.wheelSlot = -1;
    this.#size--;
  }
}
