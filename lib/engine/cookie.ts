import { RookeryError } from '../shared/index.js';

/** A cookie that carries the session id; attributes as in RFC 6265. */
export interface CookieOptions {
  /** @default "io" */
  name?: string;
  /** `false` leaves the attribute out. @default "/" */
  path?: string | false;
  /** @default true; always off when `path` is `false`. */
  httpOnly?: boolean;
  /** `true` means strict. @default "lax" */
  sameSite?: 'strict' | 'lax' | 'none' | boolean;
  domain?: string;
  /** Lifetime in seconds. */
  maxAge?: number;
  expires?: Date;
  secure?: boolean;
  partitioned?: boolean;
}

// RFC 6265 §4.1.1: a token; and attribute values without control characters or semicolons.
const tokenGrammar = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const attributeGrammar = /^[\x20-\x3a\x3c-\x7e]*$/;

/**
 * Prepares the `Set-Cookie` header of a session.
 *
 * @returns a function of the session id.
 * @throws RookeryError `INVALID_OPTION` when a name or an attribute cannot stand in a header.
 */
export function createCookie(options: CookieOptions | true): (sid: string) => string {
  const given = options === true ? {} : options;
  const { name = 'io', path = '/', httpOnly = true, sameSite = 'lax', domain, maxAge, expires } = given;
  if (!tokenGrammar.test(name)) throw invalid('name', name);
  if (path !== false && !attributeGrammar.test(path)) throw invalid('path', path);
  if (domain !== undefined && !attributeGrammar.test(domain)) throw invalid('domain', domain);
  if (maxAge !== undefined && !Number.isInteger(maxAge)) throw invalid('maxAge', maxAge);
  if (expires !== undefined && Number.isNaN(expires.getTime())) throw invalid('expires', expires);

  let attributes = '';
  if (maxAge !== undefined) attributes += `; Max-Age=${maxAge}`;
  if (domain !== undefined) attributes += `; Domain=${domain}`;
  if (path !== false) attributes += `; Path=${path}`;
  if (expires !== undefined) attributes += `; Expires=${expires.toUTCString()}`;
  // Without a path the cookie is meant for scripts, as clients of earlier revisions expect.
  if (httpOnly && path !== false) attributes += '; HttpOnly';
  if (given.secure === true) attributes += '; Secure';
  if (given.partitioned === true) attributes += '; Partitioned';
  if (sameSite !== false) attributes += `; SameSite=${capitalized(sameSite === true ? 'strict' : sameSite)}`;
  return (sid) => `${name}=${encodeURIComponent(sid)}${attributes}`;
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
}

function invalid(attribute: string, value: unknown): RookeryError {
  return new RookeryError(
    'INVALID_OPTION',
    `cookie.${attribute} cannot stand in a Set-Cookie header: ${String(value)}`,
  );
}
