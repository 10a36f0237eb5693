/** Gives names that are taken once, and that may stand in a JSON pointer as they are. */
export class Names {
  readonly #taken = new Set<string>();

  /** Takes a name, or the first free one of it with a number behind it. */
  take(wanted: string): string {
    let name = wanted;
    for (let number = 2; this.#taken.has(name); number++) name = `${wanted}${number}`;
    this.#taken.add(name);
    return name;
  }
}

/** A text without what may not stand in the names of an AsyncAPI document. @param otherwise where nothing is left of it. */
export function nameOf(text: string, otherwise: string): string {
  return text.replace(/[^A-Za-z0-9_-]+/g, '_').replace(/^_+|_+$/g, '') || otherwise;
}

/** A record in the order of its names: the same whatever was found first. */
export function sorted<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  return Object.fromEntries([...entries].sort(([a], [b]) => compare(a, b)));
}

/** Compares texts by their characters, as no locale does. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
