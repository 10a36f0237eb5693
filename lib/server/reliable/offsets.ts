import { hash } from 'node:crypto';
import type { DeliveryOffset, Room } from '../../adapter/index.js';
import { parseOffset } from '../../shared/index.js';

/** What a client has of streams. */
export type KnownOffsets = Map<string, DeliveryOffset>;

const streamFormat = /^[\w-]{16}$/;

/** What clients know the stream of a room by: the names of rooms stay here. */
export function streamOf(namespace: string, room: Room): string {
  return hash('sha256', `${namespace}\n${room}`, 'base64url').slice(0, 16);
}

/**
 * Reads what a client says it has.
 *
 * @param max how many streams it may name.
 * @returns why it cannot be read, where it cannot.
 */
export function parseOffsets(given: unknown, max: number): KnownOffsets | string {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return 'Invalid offsets: not an object';
  const entries = Object.entries(given);
  if (entries.length > max) return 'Invalid offsets: too many streams';
  const known: KnownOffsets = new Map();
  for (const [stream, text] of entries) {
    const offset = parseOffset(text);
    if (offset === undefined || !streamFormat.test(stream)) return 'Invalid offsets: malformed';
    known.set(stream, offset);
  }
  return known;
}
