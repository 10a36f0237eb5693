/** A namespace as a client names it: the name, and the query behind it where there is one. */
export interface NamespaceParts {
  readonly name: string;
  /** Without the `?`; empty when there is none. */
  readonly query: string;
}

/**
 * Splits the query off a namespace.
 *
 * Only revision 3 clients send one; in Socket.IO 5 a question mark is part of the name.
 *
 * @see Socket.IO v4 §Connection to a namespace
 */
export function splitNamespace(nsp: string): NamespaceParts {
  const mark = nsp.indexOf('?');
  return mark === -1 ? { name: nsp, query: '' } : { name: nsp.slice(0, mark), query: nsp.slice(mark + 1) };
}
