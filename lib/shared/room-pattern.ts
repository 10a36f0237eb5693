import { assertSeparated, isSeparator, maxRoomValue, roomParts, type RoomParts } from './room-parts.js';

/** The rooms that a template such as `room:{roomId}` can name. */
export class RoomPattern {
  readonly #parts: RoomParts;

  /** @param fail throws, with what is wrong with the template. */
  constructor(template: string, fail: (problem: string) => never) {
    this.#parts = roomParts(template, fail);
    if (this.#parts.placeholders.some((name) => name.trim() === '')) fail('has an empty placeholder');
    assertSeparated(this.#parts, fail);
  }

  // hot: asked for every room that a socket joins; goes through the name once.
  matches(room: string): boolean {
    const { texts } = this.#parts;
    if (!room.startsWith(texts[0]!)) return false;
    let at = texts[0]!.length;
    for (let index = 1; index < texts.length; index++) {
      const start = at;
      while (at < room.length && !isSeparator(room[at])) at++;
      const length = at - start;
      if (length === 0 || length > maxRoomValue || !room.startsWith(texts[index]!, at)) return false;
      at += texts[index]!.length;
    }
    return at === room.length;
  }
}
