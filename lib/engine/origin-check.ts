import type { IncomingMessage, ServerResponse } from 'node:http';
import { askOnce, isYes, printable, RookeryError, type Log } from '../shared/index.js';
import { errorCodes, reject, type Rejection } from './admission.js';
import { isAmong } from './cors.js';
import { proxyEntry } from './client-address.js';
import { queryOf } from './query.js';

/** Decides alone about an origin; not asked for requests that carry none. An error refuses, as `false` does. */
export type CheckOriginFunction = (
  origin: string,
  request: IncomingMessage,
  callback: (error: Error | null, isAllowed?: boolean) => void,
) => unknown;

/** Which pages may connect: see the option `checkOrigin`. */
export type CheckOrigin = boolean | string | RegExp | readonly (string | RegExp)[] | CheckOriginFunction;

/** What the check is made of. */
export interface OriginRules {
  readonly checkOrigin: CheckOrigin;
  readonly requireOrigin: boolean;
  readonly trustedProxies: number;
}

/**
 * Checks the options; returns the one for origins.
 *
 * @throws RookeryError `INVALID_OPTION` for a value that cannot work.
 */
export function resolveCheckOrigin(checkOrigin: CheckOrigin, requireOrigin: boolean): CheckOrigin {
  const all: readonly unknown[] = Array.isArray(checkOrigin) ? checkOrigin : [checkOrigin];
  const isKnown = (each: unknown): boolean => typeof each === 'string' || each instanceof RegExp;
  const isSingle = typeof checkOrigin === 'boolean' || typeof checkOrigin === 'function';
  if (!isSingle && !all.every(isKnown)) {
    throw new RookeryError(
      'INVALID_OPTION',
      'checkOrigin is true, false, an origin, a pattern, a list of both, or a function (origin, request, callback)',
    );
  }
  for (const each of all) {
    if (typeof each === 'string' && !isOrigin(each)) {
      throw new RookeryError(
        'INVALID_OPTION',
        `checkOrigin: "${printable(each)}" is no origin, such as "https://app.example"; checkOrigin: false lets every page in`,
      );
    }
  }
  if (requireOrigin && checkOrigin === false) {
    throw new RookeryError('INVALID_OPTION', 'requireOrigin needs checkOrigin: it is false here');
  }
  return checkOrigin;
}

/** As many origins are named in the log; what comes from clients must not fill it. */
const mostNamed = 100;

/** Lets requests of pages in, or refuses them, by the origin of the page. */
export class OriginCheck {
  readonly #rules: OriginRules;
  readonly #log: Log;
  readonly #onError: (error: unknown, event: string) => void;
  readonly #named = new Set<string>();

  constructor(rules: OriginRules, log: Log, onError: (error: unknown, event: string) => void) {
    this.#rules = rules;
    this.#log = log;
    this.#onError = onError;
  }

  /**
   * Decides about one request.
   *
   * @param response what the middlewares have set on it tells whom `cors` grants access; `null` where none have run.
   * @param done called once at most: with why it is refused, or with nothing.
   */
  decide(request: IncomingMessage, response: ServerResponse | null, done: (rejection?: Rejection) => void): void {
    const { checkOrigin, requireOrigin, trustedProxies } = this.#rules;
    const origin = originOf(request);
    if (origin === undefined) {
      // Browsers leave it out where they ask their own origin for something.
      const isMissing = requireOrigin && request.headers['sec-fetch-site'] !== 'same-origin';
      done(isMissing ? this.#refuse(undefined, request) : undefined);
      return;
    }
    const decide = (isAllowed: boolean): void => done(isAllowed ? undefined : this.#refuse(origin, request));
    if (typeof checkOrigin === 'function') this.#ask(checkOrigin, origin, request, decide);
    else if (isOwn(origin, request, trustedProxies)) decide(true);
    else decide(checkOrigin === true ? isGranted(origin, response) : isAmong(checkOrigin, origin));
  }

  #ask(
    checkOrigin: CheckOriginFunction,
    origin: string,
    request: IncomingMessage,
    decide: (isAllowed: boolean) => void,
  ): void {
    askOnce<boolean>(
      (answer) => checkOrigin(origin, request, (error, isAllowed) => answer(isYes(error, isAllowed))),
      decide,
      (error) => {
        this.#onError(error, 'checkOrigin');
        return false;
      },
    );
  }

  #refuse(origin: string | undefined, request: IncomingMessage): Rejection {
    this.#tell(origin, request);
    const message = origin === undefined ? 'Origin required' : 'Origin not allowed';
    return { ...reject(errorCodes.FORBIDDEN, { name: 'ORIGIN', message, origin }), status: 403 };
  }

  /** Once for each origin. */
  #tell(origin: string | undefined, request: IncomingMessage): void {
    const name = origin === undefined ? 'no origin' : `the origin "${printable(origin)}"`;
    if (this.#named.has(name) || this.#named.size > mostNamed) return;
    this.#named.add(name);
    if (this.#named.size > mostNamed) {
      this.#log.warn(`Requests of more than ${mostNamed} origins were refused: no more of them are named here`);
    } else if (origin === undefined) {
      this.#log.warn('A request without an origin was refused: requireOrigin is true; native clients need it false');
    } else {
      this.#log.warn(
        `A request of ${name} to "${printable(hostOf(request) ?? '')}" was refused: it is another one, and not allowed. To let its pages in, set cors.origin or checkOrigin; if it is your own, have the proxy pass \`Host\` on`,
      );
    }
  }
}

/** The origin of the page that a request comes from; `undefined` where no page has sent it, or one of the same origin. */
function originOf(request: IncomingMessage): string | undefined {
  const { origin, referer, 'sec-fetch-site': site } = request.headers;
  if (origin !== undefined) return origin;
  // A script element, as of JSONP, tells no origin; what the browser says of the page cannot be made up by the page.
  const isForeign = site === 'cross-site' || site === 'same-site';
  const isScript = site === undefined && queryOf(request)['j'] !== undefined && referer !== undefined;
  return isForeign || isScript ? originIn(referer) : undefined;
}

function originIn(url: string | undefined): string {
  return url !== undefined && URL.canParse(url) ? new URL(url).origin : 'null';
}

/** Schemes are left out of it: TLS may end at a proxy. */
function isOwn(origin: string, request: IncomingMessage, trustedProxies: number): boolean {
  const [, scheme, authority] = /^(https?):\/\/(.+)$/.exec(origin.toLowerCase()) ?? [];
  if (authority === undefined) return false;
  const port = scheme === 'http' ? ':80' : ':443';
  const forwarded = proxyEntry(request.headers['x-forwarded-host'], trustedProxies);
  return [hostOf(request), forwarded].some(
    (host) => host !== undefined && without(port, host.toLowerCase()) === without(port, authority),
  );
}

/** HTTP/2 and HTTP/3 have it elsewhere. */
function hostOf({ headers }: IncomingMessage): string | undefined {
  return headers.host ?? (headers[':authority'] as string | undefined);
}

function without(port: string, host: string): string {
  return host.endsWith(port) ? host.slice(0, -port.length) : host;
}

/** Whether the middlewares, ours for `cors` among them, let the page read what it is answered. */
function isGranted(origin: string, response: ServerResponse | null): boolean {
  const granted = response?.getHeader('Access-Control-Allow-Origin');
  return granted === '*' || granted === origin;
}

function isOrigin(text: string): boolean {
  return text === 'null' || /^[a-z][a-z\d+.-]*:\/\/[^/\s]*$/i.test(text);
}
