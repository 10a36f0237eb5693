import { RookeryError, type Room } from '../../server/index.js';
import { assertSeparated, roomParts, type RoomParts } from '../../shared/index.js';
import type { HandlerArgs } from '../pipeline/event-call.js';
import { Placeholder } from './placeholder.js';
import type { RoomParams } from './room-policy.js';

/** A room, as a template names it for one event. */
export interface NamedRoom {
  readonly name: Room;
  readonly params: RoomParams;
}

const userRooms = 'user:';

/**
 * The name of a room with placeholders, such as `room:{roomId}`.
 *
 * It begins with text, and a separator stands between each placeholder and what is beside it; no value has a separator.
 * So different values never give the same name, and no value gives the name of a socket's own room, or of a user's.
 */
export class RoomTemplate {
  readonly text: string;
  readonly placeholders: readonly Placeholder[];
  /** What stands around the placeholders: one more than there are of them. */
  readonly #texts: readonly string[];

  /** @throws RookeryError `INVALID_GATEWAY`, beginning with `place`, for a template that cannot name rooms safely. */
  constructor(template: unknown, place: string) {
    const fail: (problem: string) => never = (problem) => {
      throw new RookeryError('INVALID_GATEWAY', `${place}: the room ${JSON.stringify(template)} ${problem}`);
    };
    const parts = roomParts(template, fail);
    this.text = template as string;
    this.#texts = parts.texts;
    this.placeholders = parts.placeholders.map((path) => new Placeholder(path, fail));
    this.#check(parts, fail);
  }

  /**
   * Names the room of an event.
   *
   * @throws BadRequestException when a value is missing, or may not stand in the name of a room.
   */
  nameFor(args: HandlerArgs): NamedRoom {
    let name = this.#texts[0]!;
    const params: Record<string, string> = {};
    for (let index = 0; index < this.placeholders.length; index++) {
      const placeholder = this.placeholders[index]!;
      const value = placeholder.textIn(args);
      params[placeholder.path] = value;
      name += value + this.#texts[index + 1]!;
    }
    return { name, params };
  }

  #check(parts: RoomParts, fail: (problem: string) => never): void {
    const [first] = this.#texts;
    if (first === '') fail('begins with a placeholder, and could name any room; put text in front, such as "room:"');
    for (const [index, { path }] of this.placeholders.entries()) {
      if (this.#texts[index]!.endsWith('$')) fail(`has "\${"; write {${path}} without the dollar`);
    }
    assertSeparated(parts, fail);
    if (first!.startsWith(userRooms) && !this.#isOfUser()) {
      fail(`is a user's: behind "${userRooms}" stand placeholders of the user, such as {user.id}`);
    }
  }

  #isOfUser(): boolean {
    return this.placeholders.length > 0 && this.placeholders.every(({ source }) => source === 'user');
  }
}
