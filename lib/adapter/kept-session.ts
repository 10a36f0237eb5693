import type { SessionToPersist } from './adapter.js';
import type { NodeId } from './cluster-message.js';

/** A session as a bus keeps it. */
export interface KeptSession extends SessionToPersist {
  /** Broadcasts that its client has got although they may stand behind its offset: how many of each node. */
  readonly seen?: Readonly<Record<NodeId, number>> | undefined;
}

/** Takes what a bus has kept for a session; `undefined` when it is none: whatever stands there, nothing is thrown. */
export function asKeptSession(value: unknown): KeptSession | undefined {
  if (!isRecord(value)) return undefined;
  const { sid, pid, rooms, seen } = value;
  const isNamed = typeof sid === 'string' && typeof pid === 'string';
  const isInRooms = Array.isArray(rooms) && rooms.every((room) => typeof room === 'string');
  // A codec may write what is missing as null.
  const isSession = isNamed && isInRooms && (seen === undefined || seen === null || isCounts(seen));
  return isSession ? (value as unknown as KeptSession) : undefined;
}

function isCounts(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every((count) => Number.isSafeInteger(count));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
