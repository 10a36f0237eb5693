const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const bytesPerId = 15;
const idsPerRefill = 128;

const pool = new Uint8Array(bytesPerId * idsPerRefill);
let used = pool.length;

/**
 * Returns an unguessable id: 20 characters of `[A-Za-z0-9_-]`, 120 random bits.
 *
 * Every bit comes from the platform's CSPRNG; nothing is derived from a counter or the clock.
 */
export function createId(): string {
  if (used === pool.length) {
    globalThis.crypto.getRandomValues(pool);
    used = 0;
  }
  let id = '';
  for (const end = used + bytesPerId; used < end; used += 3) {
    const group = (pool[used]! << 16) | (pool[used + 1]! << 8) | pool[used + 2]!;
    id += alphabet[group >> 18]! + alphabet[(group >> 12) & 63]! + alphabet[(group >> 6) & 63]! + alphabet[group & 63]!;
  }
  // A handed-out id must not be readable from the pool afterwards.
  pool.fill(0, used - bytesPerId, used);
  return id;
}
