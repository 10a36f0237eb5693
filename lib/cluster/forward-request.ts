import {
  request as createRequest,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream';
import { endToEndHeaders, type HeaderRecord } from './http-head.js';

/** Where a request is sent on to, and what becomes of it. */
export interface Forwarding {
  readonly target: RequestOptions;
  /** Headers of the request that replace those it has; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The headers for the client; `undefined` for an answer that is none, which is a failure. */
  answerHeaders(answer: IncomingMessage): HeaderRecord | undefined;
  /** There is no answer, and the client waits for one; its body may be half read. */
  onFailed(error: Error): void;
}

/**
 * Sends a request on, and its answer back: both as they come, each as fast as it is read.
 *
 * When one side goes away, so does the other.
 *
 * @returns `undefined` for a request that cannot be sent on; `onFailed` has been called.
 */
export function forwardRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { target, headers, answerHeaders, onFailed }: Forwarding,
): ClientRequest | undefined {
  let forwarded: ClientRequest;
  try {
    forwarded = createRequest({
      ...target,
      method: request.method,
      path: request.url,
      headers: { ...requestHeaders(request, Object.keys(headers)), ...headers },
    });
  } catch (error) {
    // A lenient parser takes what may not be sent.
    onFailed(error as Error);
    return undefined;
  }
  let isAnswered = false;
  const fail = (error: Error): void => {
    request.unpipe(forwarded);
    forwarded.destroy();
    if (isAnswered) return;
    isAnswered = true;
    // The client is gone: nobody waits.
    if (!response.destroyed) onFailed(error);
  };
  forwarded.on('error', fail);
  forwarded.once('response', (answer) => {
    if (isAnswered || response.destroyed) return;
    const forClient = answerHeaders(answer);
    if (forClient === undefined) {
      fail(new Error(`The answer with status ${answer.statusCode} is not the owner's`));
      return;
    }
    isAnswered = true;
    response.writeHead(answer.statusCode!, answer.statusMessage, forClient);
    pipeline(answer, response, () => {
      // What of the body has not been asked for is not sent.
      if (!request.complete) request.unpipe(forwarded);
      if (!forwarded.writableFinished) forwarded.destroy();
    });
  });
  // Not a pipeline: that would end the client's connection, which an answer may still take.
  if (hasBody(request)) request.pipe(forwarded);
  else forwarded.end();
  response.once('close', () => {
    if (!response.writableFinished) forwarded.destroy();
  });
  return forwarded;
}

function requestHeaders(request: IncomingMessage, without: readonly string[]): HeaderRecord {
  const headers = endToEndHeaders(request, without);
  const { ':authority': authority, 'transfer-encoding': coding } = request.headers;
  // HTTP/2 has the host in its request line.
  if (typeof authority === 'string') headers['host'] = authority;
  // The body's length is unknown; without this word a GET would have no frame around it.
  if (coding !== undefined) headers['transfer-encoding'] = 'chunked';
  return headers;
}

function hasBody(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  // HTTP/2 frames bodies itself.
  return length !== undefined || coding !== undefined || request.httpVersionMajor > 1;
}
