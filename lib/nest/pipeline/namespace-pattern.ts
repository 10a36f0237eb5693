import { RookeryError } from '../../server/index.js';

/** How a gateway names its namespace: a name, a name with parts such as `/org/:id`, or a pattern. */
export type NamespaceName = string | RegExp;

const part = /:([A-Za-z_]\w*)/g;
const special = /[.*+?^${}()|[\]\\]/g;

/**
 * What `Server.of()` takes for a name: of `/org/:id` a pattern with a group `id`.
 *
 * @throws RookeryError `INVALID_GATEWAY` for a name with two parts of one name.
 */
export function patternOf(name: NamespaceName): string | RegExp {
  if (typeof name !== 'string') return name;
  const normalized = name.startsWith('/') ? name : `/${name}`;
  const parts = [...normalized.matchAll(part)].map((match) => match[1]!);
  if (parts.length === 0) return normalized;
  if (new Set(parts).size < parts.length) {
    throw new RookeryError('INVALID_GATEWAY', `The namespace "${name}" has two parts of one name`);
  }
  const source = normalized
    .split(part)
    .map((text, index) => (index % 2 === 0 ? text.replace(special, '\\$&') : `(?<${text}>[^/]+)`))
    .join('');
  return new RegExp(`^${source}$`);
}

/** The names of the parts of a namespace's name. */
export function groupsOf(pattern: string | RegExp): string[] {
  // With an empty alternative it matches anything, and names its groups all the same.
  return typeof pattern === 'string' ? [] : Object.keys(new RegExp(`${pattern.source}|`).exec('')?.groups ?? {});
}

/** The parts of a namespace's name, by the names that its pattern gives them. */
export type NamespaceParams = Readonly<Record<string, string>>;

const noParams: NamespaceParams = {};
const params = new WeakMap<object, NamespaceParams>();

/** Remembers the parts of a namespace's name, as the pattern it was made of names them. */
export function rememberParams(namespace: { readonly name: string }, pattern: string | RegExp): void {
  if (typeof pattern === 'string' || params.has(namespace)) return;
  params.set(namespace, { ...pattern.exec(namespace.name)?.groups });
}

/** The parts of a namespace's name; none where it was not made of a pattern with named groups. */
export function paramsOf(namespace: object): NamespaceParams {
  return params.get(namespace) ?? noParams;
}

/** The parts of the name of a socket's namespace, for guards and middlewares: of `/org/:id` the `id`. */
export function namespaceParams(socket: { readonly nsp: object }): NamespaceParams {
  return paramsOf(socket.nsp);
}
