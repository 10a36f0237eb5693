import type { Type } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { Room, Socket } from '../../server/index.js';

/** The values of a template's placeholders, by what stands between the braces, as they stand in the room's name. */
export type RoomParams = Readonly<Record<string, string>>;

/** Decides who may be in a room. */
export interface RoomPolicy<S = Socket> {
  /**
   * Whether a socket may; what is falsy refuses with 403, and an `HttpException` says why.
   *
   * Asked for every event, members included: a right may be lost.
   */
  canJoin(socket: S, room: Room, params: RoomParams): boolean | Promise<boolean> | Observable<boolean>;
}

/** How a decorator is given a policy: a provider that the gateway's module sees, an instance, or `canJoin` itself. */
export type RoomPolicySource<S = Socket> = Type<RoomPolicy<S>> | RoomPolicy<S> | RoomPolicy<S>['canJoin'];
