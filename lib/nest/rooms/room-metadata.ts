import type { RoomPolicySource } from './room-policy.js';

/** Where the room decorators of a method leave what they were told. */
export const roomMetadata = 'rookery:rooms';

/** Options of `@EmitTo()`. */
export interface EmitToOptions {
  /** The event that is emitted. Default: the name of the event that is handled. */
  event?: string;
  /** Whether the socket gets it too, where it is a member. @default false */
  includeSender?: boolean;
  /**
   * Whether whoever may call the method may tell the room something; where not, who is no member is refused with 403, and
   * the method is not called.
   *
   * @default true; false in the preset `strict` where the client names the room, unless the method joins that room, or a
   * `@RoomGuard()` or a policy on it has all the values of the client in its template
   */
  open?: boolean;
}

/** Options of `@JoinRoom()`. */
export interface JoinRoomOptions {
  /**
   * Whoever may call the method may join, also where the client names the room: without it, without a policy, and without a
   * `@RoomGuard()` whose template has the values of the client, such a method keeps an application with the preset `strict`
   * from starting.
   *
   * @default false
   */
  readonly open: boolean;
}

/** A policy as it was written: nothing, or one, which is `undefined` where imports go in a circle. */
export type WrittenPolicy<S = never> = [policy?: RoomPolicySource<S>];

/** What one room decorator says. */
export type RoomDirective =
  | { readonly does: 'guard'; readonly template: string; readonly policy: WrittenPolicy }
  | { readonly does: 'join'; readonly template: string; readonly policy: WrittenPolicy; readonly isOpen: boolean }
  | { readonly does: 'leave'; readonly template: string }
  | { readonly does: 'emit'; readonly template: string; readonly options: EmitToOptions };

/** Adds a directive to those of a method, in the order in which they are written. */
export function roomDecorator(directive: RoomDirective): MethodDecorator {
  return (target, key) => {
    // By name: a decorator in between may put a function of its own in the method's place. The last is applied first.
    Reflect.defineMetadata(roomMetadata, [directive, ...ownDirectives(target, key)], target, key);
  };
}

/** What the room decorators of a method say, as they are written, in the class that declares it. */
export function directivesOf(prototype: object, methodName: string): readonly RoomDirective[] {
  let declaring: object | null = prototype;
  while (declaring !== null && !Object.hasOwn(declaring, methodName)) {
    declaring = Object.getPrototypeOf(declaring) as object | null;
  }
  return declaring === null ? [] : ownDirectives(declaring, methodName);
}

function ownDirectives(prototype: object, key: string | symbol): readonly RoomDirective[] {
  return (Reflect.getOwnMetadata(roomMetadata, prototype, key) ?? []) as readonly RoomDirective[];
}
