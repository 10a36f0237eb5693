import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorCodes, errorMessages, type Rejection } from './admission.js';

/** Answers a refused HTTP request: status, code and message as clients know them. */
export function answerHttp(response: ServerResponse, rejection: Rejection): void {
  const { code } = rejection;
  response.writeHead(code === errorCodes.FORBIDDEN ? 403 : 400, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ code, message: messageOf(rejection) }));
}

/** Answers a refused upgrade before the 101, and ends the connection. */
export function answerUpgrade(socket: Duplex, rejection: Rejection): void {
  endUpgrade(socket, '400 Bad Request', messageOf(rejection));
}

/** Answers an HTTP request that came too late: the engine is closed. */
export function refuseHttp(response: ServerResponse): void {
  response.writeHead(503, { Connection: 'close' });
  response.end();
}

/** Answers an upgrade that came too late. */
export function refuseUpgrade(socket: Duplex): void {
  endUpgrade(socket, '503 Service Unavailable', '');
}

function endUpgrade(socket: Duplex, status: string, message: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status}\r\n` +
      'Connection: close\r\n' +
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
