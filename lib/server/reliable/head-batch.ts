import type { DeliveryLog, DeliveryOffset, Room } from '../../adapter/index.js';

/** Asks a log for the heads of streams, once for all who ask in the same turn of the event loop. */
export class HeadBatch {
  readonly #log: DeliveryLog;
  #rooms = new Set<Room>();
  #asking: Promise<Map<Room, DeliveryOffset>> | null = null;

  constructor(log: DeliveryLog) {
    this.#log = log;
  }

  /** @returns the heads of these rooms, and of others. */
  of(rooms: Iterable<Room>): Promise<ReadonlyMap<Room, DeliveryOffset>> {
    for (const room of rooms) this.#rooms.add(room);
    this.#asking ??= new Promise((resolve, reject) => {
      setImmediate(() => this.#ask().then(resolve, reject));
    });
    return this.#asking;
  }

  async #ask(): Promise<Map<Room, DeliveryOffset>> {
    const rooms = [...this.#rooms];
    this.#rooms = new Set();
    this.#asking = null;
    const heads = await this.#log.heads(rooms);
    return new Map(rooms.map((room, index) => [room, heads[index]!]));
  }
}
