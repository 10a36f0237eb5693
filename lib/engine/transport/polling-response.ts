import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { deflate, gzip } from 'node:zlib';
import { preferredCoding } from '../../shared/index.js';

/** Lets the server add headers to an answer of a session. */
export type HeaderDecorator = (headers: Record<string, string | string[]>, request: IncomingMessage) => void;

const encoders = { gzip, deflate } as const;
const codings = ['gzip', 'deflate'] as const;

/** One answer to a poll. */
export interface PollAnswer {
  readonly body: string | Uint8Array;
  /** The size from which the answer is compressed, in bytes; `undefined` for an answer that must not be. */
  readonly compressFrom: number | undefined;
}

/** Answers a poll. */
export function answerPoll(
  request: IncomingMessage,
  response: ServerResponse,
  answer: PollAnswer,
  decorate: HeaderDecorator,
): void {
  const headers: Record<string, string | string[]> = {
    'Content-Type': typeof answer.body === 'string' ? 'text/plain; charset=UTF-8' : 'application/octet-stream',
    'cache-control': 'no-store',
    ...legacyBrowserHeaders(request),
  };
  const size = Buffer.byteLength(answer.body);
  const coding =
    answer.compressFrom !== undefined && size >= answer.compressFrom
      ? preferredCoding(request.headers['accept-encoding'], codings)
      : undefined;
  if (coding === undefined) {
    headers['Content-Length'] = String(size);
    decorate(headers, request);
    send(response, headers, answer.body);
    return;
  }
  headers['Content-Encoding'] = coding;
  // Now, where the caller takes what a listener of the application throws.
  decorate(headers, request);
  encoders[coding](answer.body, (error, body) => {
    // Only a lack of memory makes this fail.
    if (error !== null) response.destroy(error);
    else send(response, { ...headers, 'Content-Length': String(body.byteLength) }, body);
  });
}

/** Answers a POST that was read. */
export function answerPost(request: IncomingMessage, response: ServerResponse, decorate: HeaderDecorator): void {
  const headers: Record<string, string | string[]> = {
    // Not text/plain: some browsers offer to save that.
    'Content-Type': 'text/html',
    'Content-Length': '2',
    ...legacyBrowserHeaders(request),
  };
  decorate(headers, request);
  send(response, headers, 'ok');
}

function send(response: ServerResponse, headers: OutgoingHttpHeaders, body: string | Uint8Array): void {
  response.writeHead(200, headers);
  response.end(body);
}

/** Old browsers take a polling body for an attack and empty it. */
function legacyBrowserHeaders(request: IncomingMessage): Record<string, string> {
  const agent = request.headers['user-agent'];
  if (agent === undefined || !(agent.includes(';MSIE') || agent.includes('Trident/'))) return {};
  return { 'X-XSS-Protection': '0' };
}
