import type { Socket } from 'node:net';

/**
 * Leaves what the peer sends from now on with the operating system.
 *
 * A paused socket reads on until it is full, and what it has read then is lost when its connection is handed over.
 */
export function stopReading(socket: Socket): void {
  (socket as unknown as { _handle: { readStop?(): number } | null })._handle?.readStop?.();
}
