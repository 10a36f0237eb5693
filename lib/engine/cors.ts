import type { IncomingMessage, ServerResponse } from 'node:http';
import { RookeryError } from '../shared/index.js';
import type { EngineMiddleware } from './middleware.js';

/** One origin, or several: compared as text or tested as a pattern. */
export type StaticOrigin = boolean | string | RegExp | readonly (boolean | string | RegExp)[];

/** Decides about an origin; `origin` is `undefined` when the request carries none. */
export type OriginFunction = (
  origin: string | undefined,
  callback: (error: Error | null, origin?: StaticOrigin) => void,
) => unknown;

/** Cross-origin access, with the meaning the `cors` package gave these names. */
export interface CorsOptions {
  /** Who may read answers: `true` reflects the request's origin, `"*"` is everyone. @default "*" */
  origin?: StaticOrigin | OriginFunction;
  /** @default "GET,HEAD,PUT,PATCH,POST,DELETE" */
  methods?: string | readonly string[];
  /** Default: what the preflight asks for. */
  allowedHeaders?: string | readonly string[];
  exposedHeaders?: string | readonly string[];
  /** Whether cookies may be sent. @default false */
  credentials?: boolean;
  /** How long a preflight may be cached, in seconds. */
  maxAge?: number;
  /** Hand a preflight on instead of answering it. @default false */
  preflightContinue?: boolean;
  /** @default 204 */
  optionsSuccessStatus?: number;
}

/**
 * Looks at what can be seen of it before there is a request.
 *
 * @throws RookeryError `INVALID_OPTION` for credentials granted to everyone, which no browser sends or reads.
 * @see Fetch Standard §CORS protocol and credentials
 */
export function assertCors(cors: false | CorsOptions | CorsOptionsDelegate): void {
  if (cors === false || typeof cors === 'function' || cors.credentials !== true) return;
  const { origin = '*' } = cors;
  if (origin !== '*') return;
  throw new RookeryError(
    'INVALID_OPTION',
    'cors: browsers take no credentials from origin "*", which is also the default; name the origins, or leave credentials out',
  );
}

/** Chooses the options per request. */
export type CorsOptionsDelegate = (
  request: IncomingMessage,
  callback: (error: Error | null, options?: CorsOptions) => void,
) => unknown;

/**
 * Creates the engine middleware that adds CORS headers and answers preflights.
 *
 * @param report takes what a function of the application fails with behind another one's answer.
 * @see Fetch Standard §CORS protocol
 */
export function createCors(
  options: CorsOptions | CorsOptionsDelegate,
  report: (error: unknown) => void,
): EngineMiddleware {
  return (request, response, next) => {
    const fail = (error: unknown): void => {
      report(error);
      next(error ?? new Error('A function of cors failed with nothing'));
    };
    if (typeof options !== 'function') return resolveOrigin(options, request, response, next, fail);
    return options(request, (error, chosen) => {
      if (error !== null && error !== undefined) next(error);
      else attempt(() => resolveOrigin(chosen ?? {}, request, response, next, fail), fail);
    });
  };
}

function resolveOrigin(
  options: CorsOptions,
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
  fail: (error: unknown) => void,
): unknown {
  const { origin = '*' } = options;
  if (typeof origin !== 'function') {
    respond(options, origin, request, response, next);
    return undefined;
  }
  return origin(request.headers.origin, (error, allowed) => {
    if (error !== null && error !== undefined) next(error);
    else if (allowed === undefined || allowed === false) next();
    else attempt(() => respond(options, allowed, request, response, next), fail);
  });
}

/** What the application says may be nothing that a header can hold; when it says so, nobody may be there to catch it. */
function attempt(call: () => unknown, fail: (error: unknown) => void): void {
  try {
    const result = call();
    if (result instanceof Promise) result.catch(fail);
  } catch (error) {
    fail(error);
  }
}

function respond(
  options: CorsOptions,
  allowed: StaticOrigin,
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
): void {
  if (allowed === false) {
    next();
    return;
  }
  setOrigin(allowed, request.headers.origin, response);
  if (options.credentials === true) response.setHeader('Access-Control-Allow-Credentials', 'true');
  const exposed = joined(options.exposedHeaders);
  if (exposed !== '') response.setHeader('Access-Control-Expose-Headers', exposed);
  if (request.method !== 'OPTIONS') {
    next();
    return;
  }

  response.setHeader('Access-Control-Allow-Methods', joined(options.methods) || 'GET,HEAD,PUT,PATCH,POST,DELETE');
  const requested = request.headers['access-control-request-headers'];
  if (options.allowedHeaders === undefined) appendVary(response, 'Access-Control-Request-Headers');
  const headers = joined(options.allowedHeaders ?? requested);
  if (headers !== '') response.setHeader('Access-Control-Allow-Headers', headers);
  if (options.maxAge !== undefined) response.setHeader('Access-Control-Max-Age', String(options.maxAge));
  if (options.preflightContinue === true) {
    next();
    return;
  }
  response.statusCode = options.optionsSuccessStatus ?? 204;
  // Some browsers wait for a body that a 204 does not have.
  response.setHeader('Content-Length', '0');
  response.end();
}

function setOrigin(allowed: StaticOrigin, origin: string | undefined, response: ServerResponse): void {
  if (allowed === '*') {
    response.setHeader('Access-Control-Allow-Origin', '*');
    return;
  }
  appendVary(response, 'Origin');
  if (typeof allowed === 'string') response.setHeader('Access-Control-Allow-Origin', allowed);
  else if (origin !== undefined && isAmong(allowed, origin)) {
    response.setHeader('Access-Control-Allow-Origin', origin);
  }
}

/** Whether an origin is one of those that are allowed; `"*"` is one of them by its text alone. */
export function isAmong(allowed: StaticOrigin, origin: string): boolean {
  if (typeof allowed === 'boolean') return allowed;
  if (typeof allowed === 'string') return allowed === origin;
  if (allowed instanceof RegExp) {
    // A global or sticky pattern remembers where it stopped.
    allowed.lastIndex = 0;
    return allowed.test(origin);
  }
  return allowed.some((each) => isAmong(each, origin));
}

function joined(values: string | readonly string[] | undefined): string {
  if (values === undefined) return '';
  return typeof values === 'string' ? values : values.join(',');
}

function appendVary(response: ServerResponse, field: string): void {
  const before = response.getHeader('Vary');
  response.setHeader('Vary', before === undefined ? field : `${String(before)}, ${field}`);
}
