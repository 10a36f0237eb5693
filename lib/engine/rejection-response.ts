import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorCodes, errorMessages, type Rejection } from './admission.js';
import type { ConnectionLimitHit } from './connection-limits.js';

/** In seconds: another node takes who asks, or this one does once it has started again. */
const retryWhenClosed = '5';

/** Answers a refused HTTP request: status, code and message as clients know them. */
export function answerHttp(response: ServerResponse, rejection: Rejection): void {
  const { code, limit } = rejection;
  const headers = { 'Content-Type': 'application/json', ...retryHeader(limit) };
  response.writeHead(statusOf(rejection), headers);
  response.end(JSON.stringify({ code, message: messageOf(rejection) }));
}

/** Answers a refused upgrade before the 101, and ends the connection. */
export function answerUpgrade(socket: Duplex, rejection: Rejection): void {
  const status = rejection.limit === undefined ? (rejection.status ?? 400) : statusOf(rejection);
  const retry = Object.entries(retryHeader(rejection.limit)).map(([name, value]) => `${name}: ${value}\r\n`);
  endUpgrade(socket, `${status} ${STATUS_CODES[status]}`, messageOf(rejection), retry.join(''));
}

/** Answers an HTTP request that came too late: the engine is closed. One that somebody has answered stays as it is. */
export function refuseHttp(response: ServerResponse): void {
  if (response.headersSent) return;
  response.writeHead(503, { Connection: 'close', 'Retry-After': retryWhenClosed });
  response.end();
}

/** Answers an upgrade that came too late. */
export function refuseUpgrade(socket: Duplex): void {
  endUpgrade(socket, '503 Service Unavailable', '', `Retry-After: ${retryWhenClosed}\r\n`);
}

function statusOf({ code, limit }: Rejection): number {
  if (limit !== undefined) return limit.limit === 'maxConnections' ? 503 : 429;
  return code === errorCodes.FORBIDDEN ? 403 : 400;
}

/** When to come back, in seconds. @see RFC 9110 §10.2.3 */
function retryHeader(limit: ConnectionLimitHit | undefined): Record<string, string> {
  return limit === undefined ? {} : { 'Retry-After': String(Math.ceil(limit.retryAfter / 1_000)) };
}

/** @param headers lines, each with its end. */
function endUpgrade(socket: Duplex, status: string, message: string, headers = ''): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status}\r\n` +
      'Connection: close\r\n' +
      headers +
      'Content-type: text/html\r\n' +
      `Content-Length: ${Buffer.byteLength(message)}\r\n` +
      '\r\n' +
      message,
  );
}

/** The application's own words where it refused, else the text for the code. */
function messageOf({ code, context }: Rejection): string {
  const own = code === errorCodes.FORBIDDEN ? context['message'] : undefined;
  return typeof own === 'string' && own !== '' ? own : errorMessages[code];
}
