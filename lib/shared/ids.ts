const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const alphabet = [...characters].map((character) => character.charCodeAt(0));
const pool = new Uint8Array(15 * 128);
let used = pool.length;

/**
 * Returns an unguessable id: 20 characters of `[A-Za-z0-9_-]`, 120 random bits.
 *
 * Every bit comes from the platform's CSPRNG; nothing is derived from a counter or the clock.
 */
export function createId(): string {
  return take(20);
}

/** Returns an id that is a secret, such as that of a session, which is all it takes to speak for a client: 144 random bits. */
export function createSecretId(): string {
  return take(24);
}

/** @param length in characters, a multiple of four; each has six bits. */
function take(length: number): string {
  const codes: number[] = Array.from({ length });
  const size = (length / 4) * 3;
  if (used + size > pool.length) {
    globalThis.crypto.getRandomValues(pool);
    used = 0;
  }
  for (let at = 0; at < length; at += 4, used += 3) {
    const group = (pool[used]! << 16) | (pool[used + 1]! << 8) | pool[used + 2]!;
    codes[at] = alphabet[group >> 18]!;
    codes[at + 1] = alphabet[(group >> 12) & 63]!;
    codes[at + 2] = alphabet[(group >> 6) & 63]!;
    codes[at + 3] = alphabet[group & 63]!;
  }
  // One flat text: added up of pieces, it would keep them all for as long as it lives.
  const id = String.fromCharCode(...codes);
  // A handed-out id must not be readable from the pool afterwards.
  pool.fill(0, used - size, used);
  return id;
}
