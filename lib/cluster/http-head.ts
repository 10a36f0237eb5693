/** A request or an answer as it was read. */
interface Head {
  readonly rawHeaders: readonly string[];
}

/** Headers by name; several of one name are a list. */
export type HeaderRecord = Record<string, string | string[]>;

/** RFC 9110 §7.6.1: what counts for one connection alone. `Expect` is answered by whoever reads the request first. */
const hopByHop = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The headers that are meant for the other end, as they came; the names in lower case in `without` are left out. */
export function endToEndHeaders({ rawHeaders }: Head, without: readonly string[] = []): HeaderRecord {
  const nominated = new Set(without);
  for (const [name, value] of pairsOf(rawHeaders)) {
    if (name.toLowerCase() !== 'connection') continue;
    for (const each of value.split(',')) nominated.add(each.trim().toLowerCase());
  }
  const headers = new Map<string, [name: string, value: string | string[]]>();
  for (const [name, value] of pairsOf(rawHeaders)) {
    const key = name.toLowerCase();
    // HTTP/2 has the request line among the headers.
    if (hopByHop.has(key) || nominated.has(key) || key.startsWith(':')) continue;
    const before = headers.get(key);
    if (before === undefined) headers.set(key, [name, value]);
    else before[1] = [before[1], value].flat();
  }
  return Object.fromEntries(headers.values());
}

/** A request's head, as it came; one character for each byte. @param more headers that replace those it has. */
export function headOf(
  request: Head & {
    readonly method?: string | undefined;
    readonly url?: string | undefined;
    readonly httpVersion: string;
  },
  more: Readonly<Record<string, string>> = {},
): string {
  const { method, url, httpVersion, rawHeaders } = request;
  let head = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (const [name, value] of pairsOf(rawHeaders)) {
    if (!Object.hasOwn(more, name.toLowerCase())) head += `${name}: ${value}\r\n`;
  }
  for (const [name, value] of Object.entries(more)) head += `${name}: ${value}\r\n`;
  return `${head}\r\n`;
}

function* pairsOf(rawHeaders: readonly string[]): Generator<[name: string, value: string]> {
  for (let index = 0; index < rawHeaders.length; index += 2) yield [rawHeaders[index]!, rawHeaders[index + 1]!];
}
