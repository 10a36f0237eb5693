import type { EngineRevision } from '../protocol/index.js';
import type { ConnectionLimitHit } from './connection-limits.js';
import { revisionFor, type Revision } from './revision.js';
import type { TransportName } from './transport/transport.js';

/** The numbers by which clients know why they were refused. */
export const errorCodes = {
  UNKNOWN_TRANSPORT: 0,
  UNKNOWN_SID: 1,
  BAD_HANDSHAKE_METHOD: 2,
  BAD_REQUEST: 3,
  FORBIDDEN: 4,
  UNSUPPORTED_PROTOCOL_VERSION: 5,
} as const;

/** One of the numbers in `errorCodes`. */
export type ErrorCode = (typeof errorCodes)[keyof typeof errorCodes];

/** The text for each code, as it stands in the answer. */
export const errorMessages: Readonly<Record<ErrorCode, string>> = {
  0: 'Transport unknown',
  1: 'Session ID unknown',
  2: 'Bad handshake method',
  3: 'Bad request',
  4: 'Forbidden',
  5: 'Unsupported protocol version',
};

/** A request that is not let in. */
export interface Rejection {
  readonly kind: 'rejection';
  readonly code: ErrorCode;
  readonly context: Readonly<Record<string, unknown>>;
  /** The status it is answered with, where it is not that of its code. */
  readonly status?: number;
  /** Set where it is refused for now: too many are there, or came at once. */
  readonly limit?: ConnectionLimitHit;
}

/** A request that opens a session, or belongs to one. */
export type Admission =
  | { readonly kind: 'handshake'; readonly transport: TransportName; readonly revision: Revision }
  | { readonly kind: 'session'; readonly sid: string };

/** The parts of a request that decide. */
export interface AdmissionRequest {
  readonly method: string | undefined;
  readonly origin: string | undefined;
  readonly isUpgrade: boolean;
  readonly query: Readonly<Record<string, unknown>>;
}

/** What is known about a session. */
export interface KnownSession {
  readonly transport: string;
  readonly protocol: EngineRevision;
}

/** What is served. */
export interface AdmissionRules {
  readonly transports: readonly TransportName[];
  readonly allowEIO3: boolean;
}

// RFC 9110 §5.5: what may not stand in a header value.
const invalidHeaderCharacter = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * Decides what a request is, from the request alone.
 *
 * @param findSession looks a session up by its id; ids come from the peer.
 */
export function admit(
  request: AdmissionRequest,
  findSession: (sid: string) => KnownSession | undefined,
  { transports, allowEIO3 }: AdmissionRules,
): Admission | Rejection {
  const { query, isUpgrade } = request;
  const transport = text(query['transport']);
  if (!isServed(transport, transports) || transport === 'webtransport') {
    return reject(errorCodes.UNKNOWN_TRANSPORT, { transport });
  }
  if (request.origin !== undefined && invalidHeaderCharacter.test(request.origin)) {
    return reject(errorCodes.BAD_REQUEST, { name: 'INVALID_ORIGIN', origin: '' });
  }
  const sid = text(query['sid']);
  const eio = text(query['EIO']);
  if (sid !== undefined && sid !== '') return admitToSession(sid, transport, eio, isUpgrade, findSession(sid));
  if (request.method !== 'GET') return reject(errorCodes.BAD_HANDSHAKE_METHOD, { method: request.method });
  if (isUpgrade !== (transport === 'websocket')) {
    return reject(errorCodes.BAD_REQUEST, { name: 'TRANSPORT_HANDSHAKE_ERROR' });
  }
  const revision = revisionFor(eio, allowEIO3);
  if (revision === undefined) return reject(errorCodes.UNSUPPORTED_PROTOCOL_VERSION, { protocol: eio });
  return { kind: 'handshake', transport, revision };
}

function admitToSession(
  sid: string,
  transport: TransportName,
  eio: string | undefined,
  isUpgrade: boolean,
  session: KnownSession | undefined,
): Admission | Rejection {
  if (session === undefined) return reject(errorCodes.UNKNOWN_SID, { sid });
  if (!isUpgrade && session.transport !== transport) {
    return reject(errorCodes.BAD_REQUEST, {
      name: 'TRANSPORT_MISMATCH',
      transport,
      previousTransport: session.transport,
    });
  }
  // Heartbeats go the other way in another revision: the session would be torn apart by its own pings.
  if (revisionFor(eio, true)?.protocol !== session.protocol) {
    return reject(errorCodes.BAD_REQUEST, {
      name: 'PROTOCOL_MISMATCH',
      protocol: eio,
      previousProtocol: session.protocol,
    });
  }
  if (isUpgrade && transport !== 'websocket') {
    return reject(errorCodes.BAD_REQUEST, { name: 'TRANSPORT_HANDSHAKE_ERROR' });
  }
  return { kind: 'session', sid };
}

/** Builds the rejection of a handshake that runs into a limit. */
export function rejectForNow(limit: ConnectionLimitHit): Rejection {
  const context = { name: 'LIMIT', message: 'Too many connections', limit: limit.limit };
  return { ...reject(errorCodes.FORBIDDEN, context), limit };
}

/** Builds a rejection. */
export function reject(code: ErrorCode, context: Readonly<Record<string, unknown>>): Rejection {
  return { kind: 'rejection', code, context };
}

function isServed(name: string | undefined, transports: readonly TransportName[]): name is TransportName {
  return name !== undefined && (transports as readonly string[]).includes(name);
}

/** A parameter that is given twice counts with its last value. */
function text(value: unknown): string | undefined {
  const single: unknown = Array.isArray(value) ? value.at(-1) : value;
  return typeof single === 'string' ? single : undefined;
}
