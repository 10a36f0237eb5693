import type { Packet } from '../../protocol/index.js';
import { formatOffset, type StreamOffset } from '../../shared/index.js';

/** An event that came before those that stand in front of it. */
interface Held {
  readonly offset: StreamOffset;
  readonly packet: Packet;
}

/** The order of one stream: which event is next, which was had, which is early. */
export class Stream {
  /** The last event that was handed on; `null` until the server has said where to begin. */
  #position: StreamOffset | null;
  /** What the server was last told that there is. */
  #named: StreamOffset | null = null;
  /** Whether nothing was handed on since the server said where to begin: what came meanwhile may stand before that. */
  #isFresh = false;
  /** Events that are not handed on yet, by their offsets. */
  readonly #held = new Map<string, Held>();
  /** Of these, the first ones of their epochs. */
  #beginnings: StreamOffset[] = [];

  constructor(position: StreamOffset | null) {
    this.#position = position;
  }

  get position(): StreamOffset | null {
    return this.#position;
  }

  get heldCount(): number {
    return this.#held.size;
  }

  /** What the server is told that there is; `null` while nobody knows. */
  name(): StreamOffset | null {
    return (this.#named = this.#position);
  }

  /** Whether an event was had, or is among those that are held. */
  has(offset: StreamOffset): boolean {
    return this.#isBehind(offset) || this.#held.has(formatOffset(offset));
  }

  /** Takes an event that it does not have. */
  hold(offset: StreamOffset, packet: Packet): void {
    this.#held.set(formatOffset(offset), { offset, packet });
    if (offset.number === 1) this.#beginnings.push(offset);
  }

  /** Lets go of an event for which there is no room: whoever asks gets it again. */
  drop(offset: StreamOffset): void {
    this.#held.delete(formatOffset(offset));
    this.#beginnings = this.#beginnings.filter((each) => compare(each, offset) !== 0);
  }

  /** Takes out the event that is next; it counts as handed on. */
  next(): Packet | undefined {
    if (this.#position === null || this.#held.size === 0) return undefined;
    const key = formatOffset(this.#nextOffset(this.#position));
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    const { epoch } = this.#position;
    this.#held.delete(key);
    this.#position = held.offset;
    this.#isFresh = false;
    if (held.offset.epoch !== epoch) this.#dropHad();
    return held.packet;
  }

  /** The server says where the stream stands for this client. @returns whether that was news. */
  moveTo(offset: StreamOffset): boolean {
    const position = this.#position;
    const distance = position === null ? 1 : compare(offset, position);
    // Back only where the server answers what is still true: its log has lost what was had.
    const isCurrent = position !== null && this.#named !== null && compare(this.#named, position) === 0;
    if (distance === 0 || (distance < 0 && !isCurrent)) return false;
    this.#isFresh = position === null;
    this.#position = offset;
    this.#dropHad();
    return true;
  }

  /** Nobody says where it stands: it begins with what is there. */
  beginWithHeld(): void {
    const first = this.#firstHeld();
    if (this.#position === null && first !== undefined) this.#position = before(first);
  }

  #nextOffset(position: StreamOffset): StreamOffset {
    if (this.#isFresh) {
      const first = this.#firstHeld();
      if (first !== undefined && first.epoch === position.epoch && first.number <= position.number) return first;
    }
    const following = { epoch: position.epoch, number: position.number + 1 };
    // What is left of an epoch when the next one has begun comes first where it is there.
    if (this.#beginnings.length === 0 || this.#held.has(formatOffset(following))) return following;
    return this.#beginnings.filter(({ epoch }) => epoch > position.epoch).sort(compare)[0] ?? following;
  }

  #isBehind(offset: StreamOffset): boolean {
    const position = this.#position;
    if (position === null || offset.epoch > position.epoch) return false;
    if (offset.epoch < position.epoch) return true;
    return offset.number <= position.number && !this.#isFresh;
  }

  #firstHeld(): StreamOffset | undefined {
    let first: StreamOffset | undefined;
    for (const { offset } of this.#held.values()) {
      if (first === undefined || compare(offset, first) < 0) first = offset;
    }
    return first;
  }

  #dropHad(): void {
    for (const [key, { offset }] of this.#held) if (this.#isBehind(offset)) this.#held.delete(key);
    this.#beginnings = this.#beginnings.filter((offset) => this.#held.has(formatOffset(offset)));
  }
}

function before({ epoch, number }: StreamOffset): StreamOffset {
  return { epoch, number: number - 1 };
}

function compare(a: StreamOffset, b: StreamOffset): number {
  return a.epoch - b.epoch || a.number - b.number;
}
