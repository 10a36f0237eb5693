import { RookeryError } from '../shared/index.js';

/** The namespaces of a server by name; each is made when it is first asked for. */
export class Namespaces<N> {
  readonly #byName = new Map<string, N>();
  readonly #create: (name: string) => N;

  constructor(create: (name: string) => N) {
    this.#create = create;
  }

  get(name: string): N | undefined {
    return this.#byName.get(name);
  }

  /** Returns the namespace, made now if it is new. @param onNew called with a new one that is not the main one. */
  of(name: string, onNew: (namespace: N) => void): N {
    const normalized = normalize(name);
    const existing = this.#byName.get(normalized);
    if (existing !== undefined) return existing;
    const namespace = this.#create(normalized);
    this.#byName.set(normalized, namespace);
    if (normalized !== '/') onNew(namespace);
    return namespace;
  }

  all(): IterableIterator<N> {
    return this.#byName.values();
  }
}

function normalize(name: string): string {
  if (typeof name !== 'string') {
    throw new RookeryError('INVALID_NAMESPACE', `A namespace is named by a string, not by ${typeof name}`);
  }
  // A comma ends the name on the wire.
  if (name.includes(',')) throw new RookeryError('INVALID_NAMESPACE', `"${name}" holds a comma, which ends a name`);
  return name.startsWith('/') ? name : `/${name}`;
}
