import type { TransportOptions } from '../transport/transport-options.js';

interface Cookie {
  readonly value: string;
  /** When it is gone, in milliseconds since the epoch. */
  readonly expiry: number;
}

const jars = new WeakMap<TransportOptions, CookieJar>();

/** The cookies of one manager, which its transports share; none where they are not asked for. */
export function jarOf(owner: TransportOptions): CookieJar | undefined {
  if (owner.withCredentials !== true) return undefined;
  let jar = jars.get(owner);
  if (jar === undefined) jars.set(owner, (jar = new CookieJar()));
  return jar;
}

/** Cookies that a server has set; all are sent back to it, as there is one server. */
export class CookieJar {
  readonly #cookies = new Map<string, Cookie>();

  /** @param lines the `Set-Cookie` headers of an answer. */
  keep(lines: readonly string[] | undefined): void {
    for (const line of lines ?? []) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const equals = pair.indexOf('=');
      if (equals < 1) continue;
      this.#cookies.set(pair.slice(0, equals), { value: pair.slice(equals + 1), expiry: expiryOf(attributes) });
    }
  }

  /** The `Cookie` header; empty where there are none. */
  header(): string {
    const now = Date.now();
    const pairs: string[] = [];
    for (const [name, { value, expiry }] of this.#cookies) {
      if (expiry > now) pairs.push(`${name}=${value}`);
      else this.#cookies.delete(name);
    }
    return pairs.join('; ');
  }
}

/** `Max-Age` counts before `Expires`. @see RFC 6265 §5.3 */
function expiryOf(attributes: readonly string[]): number {
  const valueOf = (name: string): string | undefined =>
    attributes.find((each) => each.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
  const maxAge = valueOf('max-age');
  if (maxAge !== undefined) return Date.now() + Number(maxAge) * 1_000;
  const expires = valueOf('expires');
  const date = Date.parse(expires ?? '');
  return Number.isNaN(date) ? Infinity : date;
}
