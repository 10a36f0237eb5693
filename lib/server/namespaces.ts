import { askOnce, isYes, RookeryError } from '../shared/index.js';
import { matcherOf, type NamespaceMatcher } from './parent-namespace.js';

/** A namespace that others are made of. */
interface Parent<N> {
  createChild(name: string): N;
  readonly children: Set<N>;
}

interface DynamicNamespace<P> {
  readonly parent: P;
  readonly matches: NamespaceMatcher;
  /** Set for a pattern, which can be asked without a client. */
  readonly pattern: RegExp | undefined;
}

/** What the namespaces of a server are made by. */
export interface NamespaceMaker<N, P> {
  create(name: string): N;
  createParent(name: string): P;
  /** A namespace other than the main one is there. */
  onNew(namespace: N): void;
  /** A matcher of the application threw, or a namespace for a client cannot be made. */
  onError(error: unknown, event: string): void;
}

/** The namespaces of a server by name; each is made when it is first asked for. */
export class Namespaces<N extends { readonly name: string }, P extends Parent<N>> {
  readonly byName = new Map<string, N>();
  readonly #maker: NamespaceMaker<N, P>;
  readonly #dynamic: DynamicNamespace<P>[] = [];

  constructor(maker: NamespaceMaker<N, P>) {
    this.#maker = maker;
  }

  /** Returns the namespace, made now if it is new: of the first pattern that matches, or on its own. */
  of(name: string): N {
    const normalized = normalize(name);
    const existing = this.byName.get(normalized);
    if (existing !== undefined) return existing;
    const dynamic = this.#dynamic.find(({ pattern }) => pattern?.test(normalized) === true);
    return this.#add(dynamic?.parent.createChild(normalized) ?? this.#maker.create(normalized));
  }

  /** Lets clients have every namespace that matches. */
  match(pattern: RegExp | NamespaceMatcher): P {
    const matches = matcherOf(pattern);
    const parent = this.#maker.createParent(`/_${this.#dynamic.length}`);
    this.#dynamic.push({ parent, matches, pattern: pattern instanceof RegExp ? pattern : undefined });
    return parent;
  }

  /**
   * Finds the namespace that a client asks for; static ones come first, then the dynamic ones in their order.
   *
   * @param done called once; without a namespace when there is none.
   */
  find(name: string, auth: object, done: (namespace: N | undefined) => void): void {
    const existing = this.byName.get(name);
    if (existing !== undefined) {
      done(existing);
      return;
    }
    this.#findDynamic(0, name, auth, done);
  }

  /** Forgets a namespace that was made for clients; `false` for any other. */
  removeChild(namespace: N): boolean {
    const isChild = this.#dynamic.some(({ parent }) => parent.children.delete(namespace));
    if (isChild) this.byName.delete(namespace.name);
    return isChild;
  }

  all(): IterableIterator<N> {
    return this.byName.values();
  }

  #add(namespace: N): N {
    this.byName.set(namespace.name, namespace);
    if (namespace.name !== '/') this.#maker.onNew(namespace);
    return namespace;
  }

  #findDynamic(index: number, name: string, auth: object, done: (namespace: N | undefined) => void): void {
    const dynamic = this.#dynamic[index];
    if (dynamic === undefined) {
      done(undefined);
      return;
    }
    this.#askOnce(dynamic.matches, name, auth, (isAllowed) => {
      if (isAllowed) done(this.#childOf(dynamic.parent, name));
      else this.#findDynamic(index + 1, name, auth, done);
    });
  }

  /** `undefined` where it cannot be made. */
  #childOf(parent: P, name: string): N | undefined {
    // Another client may have been let in meanwhile.
    const existing = this.byName.get(name);
    if (existing !== undefined) return existing;
    try {
      return this.#add(parent.createChild(name));
    } catch (error) {
      this.#maker.onError(error, 'adapter.init');
      return undefined;
    }
  }

  #askOnce(matches: NamespaceMatcher, name: string, auth: object, decide: (isAllowed: boolean) => void): void {
    askOnce<boolean>(
      (answer) => matches(name, auth as Record<string, unknown>, (error, isAllowed) => answer(isYes(error, isAllowed))),
      decide,
      (error) => {
        this.#maker.onError(error, 'matcher');
        return false;
      },
    );
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
