import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { NodeAddress } from './address.js';
import { longestAddress } from './address.js';

const algorithm = 'aes-256-gcm';
const randomLength = 18;
const tagLength = 16;
/** Addresses are filled up to a multiple of it: their length tells little. */
const blockLength = 16;
// Each id has a key of its own: one nonce is enough, and any number of ids may be made with a secret.
const nonce = Buffer.alloc(12);
const longestSealed = randomLength + longestAddress + tagLength;
const longestId = Math.ceil((longestSealed * 4) / 3);
const idGrammar = /^[\w-]+$/;

/**
 * Makes session ids that carry the address of their owner, and reads them.
 *
 * An id is 144 random bits, then the address as AES-256-GCM writes it, under a key made of the secret and those bits:
 * nobody without the secret reads an address, or makes an id that names one.
 */
export class SessionSeal {
  readonly #keys: readonly Buffer[];

  /** @param secrets the first one makes ids, all read them. */
  constructor(secrets: readonly Uint8Array[]) {
    this.#keys = secrets.map((secret) => deriveKey(secret, 'session id'));
  }

  /** Makes an id: 91 to 195 characters of `[A-Za-z0-9_-]`. */
  seal(owner: NodeAddress): string {
    const random = randomBytes(randomLength);
    const plain = Buffer.alloc(Math.ceil(Buffer.byteLength(owner) / blockLength) * blockLength);
    plain.write(owner);
    const cipher = createCipheriv(algorithm, keyOf(this.#keys[0]!, random), nonce, { authTagLength: tagLength });
    const sealed = [random, cipher.update(plain), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat(sealed).toString('base64url');
  }

  /** The owner of an id; `undefined` for one that no node has made. */
  open(id: string): NodeAddress | undefined {
    if (id.length > longestId || !idGrammar.test(id)) return undefined;
    const bytes = Buffer.from(id, 'base64url');
    const length = bytes.length - randomLength - tagLength;
    if (length < blockLength || length % blockLength !== 0) return undefined;
    // Another spelling of the same bytes is another id, which no node has made.
    if (bytes.toString('base64url') !== id) return undefined;
    for (const key of this.#keys) {
      const owner = opened(key, bytes);
      if (owner !== undefined) return owner;
    }
    return undefined;
  }
}

/** A key for one purpose. */
export function deriveKey(secret: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'rookery session relay', purpose, 32));
}

function keyOf(key: Buffer, random: Buffer): Buffer {
  return createHmac('sha256', key).update(random).digest();
}

function opened(key: Buffer, bytes: Buffer): NodeAddress | undefined {
  const random = bytes.subarray(0, randomLength);
  const decipher = createDecipheriv(algorithm, keyOf(key, random), nonce, { authTagLength: tagLength });
  decipher.setAuthTag(bytes.subarray(-tagLength));
  const plain = decipher.update(bytes.subarray(randomLength, -tagLength));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  const end = plain.indexOf(0);
  return plain.toString('utf8', 0, end === -1 ? plain.length : end);
}
