import type { SessionToPersist } from './session.js';
import type { NodeId } from './cluster-message.js';

/** A session as a bus keeps it. */
export interface KeptSession extends SessionToPersist {
  /** Broadcasts that its client has got although they may stand behind its offset: how many of each node. */
  readonly seen?: Readonly<Record<NodeId, number>> | undefined;
  /** When it ends, in milliseconds since 1970: who puts it back gets no more time. */
  readonly until?: number | undefined;
}

/** Takes what a bus has kept for a session; `undefined` when it is none: whatever stands there, nothing is thrown. */
export function asKeptSession(value: unknown): KeptSession | undefined {
  if (!isRecord(value)) return undefined;
  const { sid, pid, rooms, seen, owner, until } = value;
  const isNamed = typeof sid === 'string' && typeof pid === 'string';
  const isInRooms = Array.isArray(rooms) && rooms.every((room) => typeof room === 'string');
  const isOwned = isMissing(owner) || typeof owner === 'string';
  const isTimed = isMissing(until) || typeof until === 'number';
  const isSession = isNamed && isInRooms && isOwned && isTimed && (isMissing(seen) || isCounts(seen));
  return isSession ? (value as unknown as KeptSession) : undefined;
}

/** A codec may write what is missing as null. */
function isMissing(value: unknown): boolean {
  return value === undefined || value === null;
}

function isCounts(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every((count) => Number.isSafeInteger(count));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
