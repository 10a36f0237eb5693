import { ForbiddenException } from '@nestjs/common';
import { isObservable } from 'rxjs';
import type { Socket } from '../../server/index.js';
import type { ContextId } from '../../nest-common/index.js';
import { decisionOf } from '../pipeline/enhancers.js';
import { isThenable } from '../pipeline/thenable.js';
import type { LoadedPolicy } from './policy-loader.js';
import type { RoomMoves } from './room-moves.js';
import type { EmitToOptions } from './room-metadata.js';
import type { RoomPolicy } from './room-policy.js';
import type { NamedRoom } from './room-template.js';

/** An event, as the steps see it. */
export interface RoomVisit {
  readonly socket: Socket;
  readonly event: string;
  readonly contextId: ContextId;
}

/** What a room decorator does for an event; what is thenable is waited for. */
export interface RoomStep {
  /** Before the method: refuses, or lets through. */
  check?(visit: RoomVisit, room: NamedRoom): unknown;
  /** Whether it joins the room, or leaves it. */
  readonly move?: 'join' | 'leave';
  /** Once the method has succeeded, with what it returned. */
  conclude?(visit: RoomVisit, room: NamedRoom, value: unknown): unknown;
}

/** Refuses who is no member, or whom the policy refuses. */
export function guardStep(policy: LoadedPolicy | undefined): RoomStep {
  if (policy !== undefined) return { check: (visit, room) => ask(policy, visit, room, 'You may not use this room') };
  return { check: assertMember };
}

/** Joins, where the policy allows it. */
export function joinStep(policy: LoadedPolicy | undefined, moves: RoomMoves): RoomStep {
  const joining: RoomStep = { move: 'join', conclude: ({ socket }, { name }) => moves.join(socket, name) };
  if (policy === undefined) return joining;
  return { ...joining, check: (visit, room) => ask(policy, visit, room, 'You may not join this room') };
}

export function leaveStep(moves: RoomMoves): RoomStep {
  return { move: 'leave', conclude: ({ socket }, { name }) => moves.leave(socket, name) };
}

/** Broadcasts what the method returned; nothing where it returned nothing. Not `open`, it refuses who is no member. */
export function emitStep({ event, includeSender = false, open }: EmitToOptions): RoomStep {
  return {
    ...(open === false && { check: assertMember }),
    conclude({ socket, event: handled }, { name }, value) {
      if (value === undefined) return;
      const room = includeSender ? socket.nsp.to(name) : socket.to(name);
      room.emit(event ?? handled, value);
    },
  };
}

function assertMember({ socket }: RoomVisit, { name }: NamedRoom): void {
  if (!socket.rooms.has(name)) throw new ForbiddenException('Join the room first');
}

function ask(loaded: LoadedPolicy, visit: RoomVisit, room: NamedRoom, refusal: string): void | Promise<void> {
  const policy = loaded.for(visit.socket, visit.contextId);
  if (policy instanceof Promise) return policy.then((instance) => decide(instance, visit, room, refusal));
  return decide(policy, visit, room, refusal);
}

function decide(policy: RoomPolicy, visit: RoomVisit, room: NamedRoom, refusal: string): void | Promise<void> {
  const decision: unknown = policy.canJoin(visit.socket, room.name, room.params);
  if (!isThenable(decision) && !isObservable(decision)) return refuseUnless(decision, refusal);
  return decisionOf(decision).then((value) => refuseUnless(value, refusal));
}

function refuseUnless(decision: unknown, refusal: string): void {
  if (!decision) throw new ForbiddenException(refusal);
}
