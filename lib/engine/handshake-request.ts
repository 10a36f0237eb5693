import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { queryOf } from './query.js';

/** Reads raw headers as the HTTP server does: the one way to make a request of them. */
interface HeaderReader {
  _addHeaderLines?(rawHeaders: string[], count: number): void;
}

const ownKeys: ReadonlySet<string | symbol> = new Set([
  ...Reflect.ownKeys(new IncomingMessage(null as unknown as Socket)),
  'parser',
  '_query',
]);
const canMakeRequests = readsHeaders();
const separator = '\n';

/**
 * The request that opened a WebSocket, itself or what it takes to make it again.
 *
 * A request is the largest object of an idle connection, and few applications ever look at it. One that nobody but the
 * engine has seen is let go of; whoever asks later gets an equal one, which stays.
 */
export class HandshakeRequest {
  readonly socket: Socket;
  #request: IncomingMessage | null;
  /** HTTP version, URL and raw headers, in one text. */
  #head = '';
  #isKnown = false;

  constructor(request: IncomingMessage) {
    this.socket = request.socket;
    this.#request = request;
  }

  /** The request; from now on it is the same for all who ask. */
  get(): IncomingMessage {
    this.#isKnown = true;
    this.#request ??= makeRequest(this.#head, this.socket);
    return this.#request;
  }

  /** Lets go of the request, unless somebody has asked for it or left something on it. */
  release(): void {
    const request = this.#request;
    if (request === null || this.#isKnown || !canMakeRequests || !isUntouched(request)) return;
    // No part of a head has a line end.
    this.#head = [request.httpVersion, request.url ?? '', ...request.rawHeaders].join(separator);
    this.#request = null;
  }
}

function makeRequest(head: string, socket: Socket): IncomingMessage {
  const [version, url, ...rawHeaders] = head.split(separator) as [string, string, ...string[]];
  const request = new IncomingMessage(socket);
  const [major, minor] = version.split('.').map(Number) as [number, number];
  request.method = 'GET';
  request.url = url;
  request.httpVersion = version;
  request.httpVersionMajor = major;
  request.httpVersionMinor = minor;
  (request as HeaderReader)._addHeaderLines!(rawHeaders, rawHeaders.length);
  Object.assign(request, { upgrade: true });
  request.complete = true;
  request.push(null);
  queryOf(request);
  return request;
}

function isUntouched(request: IncomingMessage & { joinDuplicateHeaders?: boolean | null }): boolean {
  // The server's own way to read headers would be lost.
  if (request.method !== 'GET' || request.joinDuplicateHeaders === true) return false;
  for (const key of Reflect.ownKeys(request)) if (!ownKeys.has(key)) return false;
  return true;
}

function readsHeaders(): boolean {
  const request = new IncomingMessage(null as unknown as Socket) as IncomingMessage & HeaderReader;
  request._addHeaderLines?.(['Some-Name', 'value'], 2);
  return request.headers['some-name'] === 'value' && request.rawHeaders.length === 2;
}
