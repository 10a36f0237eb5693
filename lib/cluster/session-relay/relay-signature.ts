import { createHmac, timingSafeEqual } from 'node:crypto';
import type { NodeAddress } from './address.js';
import { deriveKey } from './session-seal.js';

/** The header by which nodes know each other's requests. */
export const relayHeader = 'x-rookery-relay';
/** Value of the header in an answer: the client's connection is to be closed behind it. */
export const closeMark = 'close';
/** Value of the header in an answer: the request is none of a node. */
export const refusedMark = 'refused';

/** What a node says of a request that it passes on. */
export interface RelayStatement {
  /** `release` asks for the answer of the open poll of the session in the URL. */
  readonly act: 'request' | 'release';
  /** The client's address, as the passing node sees it; empty for none. */
  readonly remoteAddress: string;
  /** The client's port. */
  readonly remotePort: number;
  /** Whether the client's connection is encrypted. */
  readonly isEncrypted: boolean;
}

interface SignedRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
}

/** Clocks of nodes may differ by this much, in milliseconds. */
const clockTolerance = 300_000;
const version = '1';

/** Signs the requests that nodes pass on, and checks them. */
export class RelaySignature {
  readonly #keys: readonly Buffer[];

  /** @param secrets the first one signs, all are accepted. */
  constructor(secrets: readonly Uint8Array[]) {
    this.#keys = secrets.map((secret) => deriveKey(secret, 'relayed request'));
  }

  /** The header's value. @param owner whom the request is for: no other node accepts it. */
  sign(statement: RelayStatement, request: SignedRequest, owner: NodeAddress): string {
    const { act, remoteAddress, remotePort, isEncrypted } = statement;
    const said = [version, Date.now(), act, remoteAddress, remotePort, isEncrypted ? 1 : 0].join(';');
    return `${said};${hash(this.#keys[0]!, said, request, owner).toString('base64url')}`;
  }

  /** What a node says of a request; `undefined` when none does. @param owner the address of this node. */
  verify(value: unknown, request: SignedRequest, owner: NodeAddress): RelayStatement | undefined {
    if (typeof value !== 'string') return undefined;
    const end = value.lastIndexOf(';');
    const said = value.slice(0, end);
    const given = Buffer.from(value.slice(end + 1), 'base64url');
    const isSigned = this.#keys.some((key) => {
      const expected = hash(key, said, request, owner);
      return given.length === expected.length && timingSafeEqual(given, expected);
    });
    if (!isSigned) return undefined;
    const [by, time, act, remoteAddress = '', remotePort, isEncrypted] = said.split(';');
    if (by !== version || Math.abs(Date.now() - Number(time)) > clockTolerance) return undefined;
    return {
      act: act === 'release' ? act : 'request',
      remoteAddress,
      remotePort: Number(remotePort),
      isEncrypted: isEncrypted === '1',
    };
  }
}

function hash(key: Buffer, said: string, { method, url }: SignedRequest, owner: NodeAddress): Buffer {
  return createHmac('sha256', key).update([said, owner, method, url].join('\n')).digest();
}
