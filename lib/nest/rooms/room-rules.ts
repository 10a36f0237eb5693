import type { Room } from '../../server/index.js';
import type { ContextId } from '../../nest-common/index.js';
import type { HandlerArgs } from '../pipeline/event-call.js';
import { streamOf } from '../pipeline/stream.js';
import { isThenable } from '../pipeline/thenable.js';
import { concludingStream } from './concluding-stream.js';
import { withRooms } from './named-rooms.js';
import type { RoomMoves } from './room-moves.js';
import type { RoomStep, RoomVisit } from './room-steps.js';
import type { NamedRoom, RoomTemplate } from './room-template.js';

/** What one room decorator asks for, and of which room. */
export interface RoomRule {
  readonly template: RoomTemplate;
  readonly step: RoomStep;
}

/** One call of a method. */
export interface RoomCall {
  readonly args: HandlerArgs;
  readonly contextId: ContextId;
  /** Aborted when the client has been told that the method took too long. */
  readonly signal: AbortSignal | undefined;
}

/** What the room decorators of one method ask for, in the order in which they are written. */
export class RoomRules {
  readonly #rules: readonly RoomRule[];
  /** Whether a parameter of the method is a room. */
  readonly #areRoomsRead: boolean;
  readonly #concludes: boolean;
  readonly #moves: RoomMoves;
  /** Whether the method joins or leaves. */
  readonly #movesSockets: boolean;

  constructor(rules: readonly RoomRule[], areRoomsRead: boolean, moves: RoomMoves) {
    this.#rules = rules;
    this.#areRoomsRead = areRoomsRead;
    this.#moves = moves;
    this.#movesSockets = rules.some(({ step }) => step.move !== undefined);
    this.#concludes = rules.some(({ step }) => step.conclude !== undefined);
  }

  /**
   * Calls a method within its rules: who may not is refused before, and rooms are joined, left and told behind it.
   *
   * @returns what the method returned; a promise only where it, a policy or the adapter needs one.
   */
  // hot: rooms are named once, so that what was checked is what is joined.
  run({ args, contextId, signal }: RoomCall, proceed: (args: HandlerArgs) => unknown): unknown {
    const rooms = this.#rules.map(({ template }) => template.nameFor(args));
    // Before a policy has to look anything up.
    if (this.#movesSockets) this.#moves.admit(args[0], this.#joinedOf(rooms));
    const visit: RoomVisit = { socket: args[0], event: args[4], contextId };
    const own = this.#areRoomsRead
      ? withRooms(
          args,
          rooms.map(({ name }) => name),
        )
      : args;
    const conclude = (value: unknown): void | Promise<void> => {
      // A client that has been told of a failure is not in the room afterwards.
      if (signal?.aborted === true) return undefined;
      return inOrder(rooms.length, (index) => this.#rules[index]!.step.conclude?.(visit, rooms[index]!, value));
    };
    const run = (): unknown => (this.#concludes ? concluded(proceed(own), conclude) : proceed(own));
    const checked = inOrder(rooms.length, (index) => this.#rules[index]!.step.check?.(visit, rooms[index]!));
    return checked === undefined ? run() : checked.then(run);
  }

  #joinedOf(rooms: readonly NamedRoom[]): Room[] {
    return rooms.filter((_room, index) => this.#rules[index]!.step.move === 'join').map(({ name }) => name);
  }
}

/** A result whose value has been through `conclude`: of a stream, the last one. */
function concluded(result: unknown, conclude: (value: unknown) => void | Promise<void>): unknown {
  if (isThenable(result)) return Promise.resolve(result).then((value) => concluded(value, conclude));
  const stream = streamOf(result);
  if (stream !== undefined) return concludingStream(stream, conclude);
  const waiting = conclude(result);
  return waiting === undefined ? result : waiting.then(() => result);
}

/** Calls each, behind the one before it; a promise only where one of them gives one. */
function inOrder(count: number, call: (index: number) => unknown, from = 0): Promise<void> | undefined {
  for (let index = from; index < count; index++) {
    const result = call(index);
    if (isThenable(result)) return Promise.resolve(result).then(() => inOrder(count, call, index + 1));
  }
  return undefined;
}
