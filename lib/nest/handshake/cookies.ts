/**
 * The cookies of a `Cookie` header by name; of two with one name the first counts.
 *
 * @see RFC 6265 §4.2.1
 */
export function parseCookies(header: string | undefined): Record<string, string> {
  const pairs = (header ?? '').split(';').flatMap((pair): [string, string][] => {
    const [, name, value] = /^\s*([^=\s]+)\s*=\s*"?([^"]*?)"?\s*$/.exec(pair) ?? [];
    return name === undefined ? [] : [[name, decoded(value!)]];
  });
  return Object.fromEntries(pairs.reverse());
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // Not every server encodes; a value that does not decode stands for itself.
    return value;
  }
}
