import type { IncomingMessage } from 'node:http';

/** The parameters of a request's URL; the last of several counts. */
export type Query = Record<string, string>;

/** A request with its query on it, where middlewares and handlers look for it. */
export type RequestWithQuery = IncomingMessage & { _query?: Query };

/** Reads the query of a request, once; one that a framework has left there stays. */
export function queryOf(request: RequestWithQuery): Query {
  if (request._query === undefined) {
    const url = request.url ?? '';
    const mark = url.indexOf('?');
    const query = Object.create(null) as Query;
    if (mark !== -1) readInto(query, url.slice(mark + 1));
    request._query = query;
  }
  return request._query;
}

const encoded = /[%+\u0080-\uffff]/;

function readInto(query: Query, text: string): void {
  if (encoded.test(text)) {
    for (const [name, value] of new URLSearchParams(text)) query[name] = value;
    return;
  }
  // hot: what clients send as a rule needs no decoding.
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    if (equals === -1) query[pair] = '';
    else query[pair.slice(0, equals)] = pair.slice(equals + 1);
  }
}
