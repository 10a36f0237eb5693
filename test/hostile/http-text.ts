/** An answer as it stood on the wire. */
export interface HttpAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** What a request is made of beside its target. */
export interface HttpRequestParts {
  readonly method?: string;
  /** Whole lines; `Host` and `Connection: close` are there already. */
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly isKept?: boolean;
}

const headEnd = '\r\n\r\n';

/** The text of a request; a body gets its honest length. */
export function httpRequest(target: string, parts: HttpRequestParts = {}): string {
  const { method = 'GET', headers = [], body, isKept = false } = parts;
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: localhost', ...headers];
  if (!isKept) lines.push('Connection: close');
  if (body !== undefined) lines.push(`Content-Length: ${body.length}`);
  return lines.join('\r\n') + headEnd + (body ?? '');
}

/** The text of an upgrade request. */
export function upgradeRequest(target: string, headers: readonly string[] = []): string {
  const own = ['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
  return httpRequest(target, { isKept: true, headers: ['Connection: Upgrade', ...own, ...headers] });
}

/** Reads the answers that are complete; one without a length goes on to the end of the connection. */
export function readAnswers(bytes: Buffer, isEnded: boolean): HttpAnswer[] {
  const text = bytes.toString('latin1');
  const answers: HttpAnswer[] = [];
  let start = 0;
  for (;;) {
    const end = text.indexOf(headEnd, start);
    if (end === -1) return answers;
    const head = text.slice(start, end);
    const bodyStart = end + headEnd.length;
    const body = readBody(head, text, bodyStart, isEnded);
    if (body === undefined) return answers;
    answers.push({ status: Number(head.slice(9, 12)), head, body: body.text });
    start = body.end;
  }
}

function readBody(
  head: string,
  text: string,
  start: number,
  isEnded: boolean,
): { text: string; end: number } | undefined {
  if (/^transfer-encoding: chunked/im.test(head)) return readChunks(text, start);
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  if (length === undefined) return isEnded ? { text: text.slice(start), end: text.length } : undefined;
  const end = start + Number(length);
  return end <= text.length ? { text: text.slice(start, end), end } : undefined;
}

function readChunks(text: string, start: number): { text: string; end: number } | undefined {
  let body = '';
  for (let index = start; ;) {
    const line = text.indexOf('\r\n', index);
    if (line === -1) return undefined;
    const size = Number.parseInt(text.slice(index, line), 16);
    const next = line + 2 + size + 2;
    if (next > text.length) return undefined;
    if (size === 0) return { text: body, end: next };
    body += text.slice(line + 2, line + 2 + size);
    index = next;
  }
}
