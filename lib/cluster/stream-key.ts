import { createHash } from 'node:crypto';

/** A name for a stream that every store takes, however long it is and whatever it holds: 43 letters, digits, _ and -. */
export function keyOfStream(stream: string): string {
  return createHash('sha256').update(stream).digest('base64url');
}
