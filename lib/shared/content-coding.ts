/**
 * Chooses a content coding by the client's weights; among equals, the one that is offered first.
 *
 * @param header the request's `Accept-Encoding`.
 * @returns `undefined` when the client takes none of them.
 * @see RFC 9110 §12.5.3
 */
export function preferredCoding<Coding extends string>(
  header: string | string[] | undefined,
  offered: readonly Coding[],
): Coding | undefined {
  if (typeof header !== 'string') return undefined;
  const weights = new Map<string, number>();
  for (const element of header.split(',')) {
    const [coding = '', ...parameters] = element.split(';').map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    weights.set(coding.toLowerCase(), weight === undefined ? 1 : Number(weight.slice(2)) || 0);
  }
  let preferred: Coding | undefined;
  let best = 0;
  for (const coding of offered) {
    const weight = weights.get(coding) ?? weights.get('*') ?? 0;
    if (weight > best) {
      best = weight;
      preferred = coding;
    }
  }
  return preferred;
}
