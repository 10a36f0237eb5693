import { RookeryError, type Namespace, type NamespaceMatcher, type Server } from '../../server/index.js';

/** What a gateway's namespace is to the server: a name, or what its clients' namespaces are to match. */
export type NamespacePattern = string | RegExp | NamespaceMatcher;

/**
 * How a gateway names its namespace: a name, a name with parts such as `/org/:id`, a pattern, or a function that decides.
 */
export type NamespaceName = NamespacePattern;

const part = /:([A-Za-z_]\w*)/g;
const special = /[.*+?^${}()|[\]\\]/g;

/**
 * What `Server.of()` takes for a name: of `/org/:id` a pattern with a group `id`.
 *
 * @throws RookeryError `INVALID_GATEWAY` for a name with two parts of one name.
 */
export function patternOf(name: NamespaceName): NamespacePattern {
  if (typeof name !== 'string') return name;
  const normalized = literalName(name);
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

/** A name with its slash, whatever is in it; what is no name as it is. */
export function literalName<Name extends NamespacePattern>(name: Name): Name | string {
  return typeof name === 'string' && !name.startsWith('/') ? `/${name}` : name;
}

/** What gateways of one namespace have in common: patterns are the same where they are written the same. */
export function keyOf(pattern: NamespacePattern): unknown {
  return typeof pattern === 'function' ? pattern : String(pattern);
}

const namespaces = new WeakMap<Server, Map<unknown, Namespace>>();

/**
 * The namespace of gateways, or the parent of all that match: one for all gateways that say the same.
 *
 * A second parent of a pattern would be asked behind the first, and never be one of anybody.
 */
export function namespaceFor(server: Server, pattern: NamespacePattern): Namespace {
  if (typeof pattern === 'string') return server.of(pattern);
  const ofServer = namespaces.get(server) ?? new Map<unknown, Namespace>();
  namespaces.set(server, ofServer);
  const key = keyOf(pattern);
  const namespace = ofServer.get(key) ?? server.of(pattern);
  ofServer.set(key, namespace);
  return namespace;
}

/** A name with its parts in braces, as templates of URIs have them: of `/org/:id` it is `/org/{id}`. */
export function templateOf(name: string): string {
  return literalName(name).replace(part, '{$1}');
}

/** The names of the parts of a namespace's name. */
export function groupsOf(pattern: NamespacePattern): string[] {
  // With an empty alternative it matches anything, and names its groups all the same.
  return !(pattern instanceof RegExp) ? [] : Object.keys(new RegExp(`${pattern.source}|`).exec('')?.groups ?? {});
}

/** The parts of a namespace's name, by the names that its pattern gives them. */
export type NamespaceParams = Readonly<Record<string, string>>;

const noParams: NamespaceParams = {};
const params = new WeakMap<object, NamespaceParams>();

/** Remembers the parts of a namespace's name, as the pattern it was made of names them. */
export function rememberParams(namespace: { readonly name: string }, pattern: NamespacePattern): void {
  if (!(pattern instanceof RegExp) || params.has(namespace)) return;
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
