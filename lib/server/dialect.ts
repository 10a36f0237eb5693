import { splitNamespace, type EngineRevision } from '../protocol/index.js';

/** Why a client was not let in, as it is told. */
export interface Refusal {
  readonly message: string;
  readonly data?: unknown;
}

/** What differs between clients of Socket.IO 5 and those before it; chosen once per connection. */
export interface Dialect {
  /** Whether the client is in the main namespace from the start, without asking. */
  readonly hasImplicitMain: boolean;
  /** The namespace that a CONNECT names, and what the client sent along. */
  destination(nsp: string, data: unknown): Destination;
  socketId(nsp: string, connectionId: string, newId: () => string): string;
  /** The data of the answer to a CONNECT. */
  welcome(sid: string, pid: string | undefined): object | undefined;
  /** The data of a CONNECT_ERROR. */
  refusal(refusal: Refusal): unknown;
}

/** Where a client wants to go. */
export interface Destination {
  readonly name: string;
  readonly auth: object;
}

/** Clients of Engine.IO 4. @see Socket.IO v5 §Connection to a namespace */
const current: Dialect = {
  hasImplicitMain: false,
  destination: (nsp, data) => ({ name: nsp, auth: (data as object | undefined) ?? {} }),
  socketId: (_nsp, _connectionId, newId) => newId(),
  welcome: (sid, pid) => (pid === undefined ? { sid } : { sid, pid }),
  refusal: (refusal) => refusal,
};

/** Clients of Engine.IO 3. @see Socket.IO v4 §Connection to a namespace */
const legacy: Dialect = {
  hasImplicitMain: true,
  destination(nsp) {
    const { name, query } = splitNamespace(nsp);
    return { name, auth: Object.fromEntries(new URLSearchParams(query)) };
  },
  // Such a client makes its ids itself, of the session's.
  socketId: (nsp, connectionId) => (nsp === '/' ? connectionId : `${nsp}#${connectionId}`),
  welcome: () => undefined,
  refusal: ({ message, data }) => data ?? message,
};

export function dialectFor(revision: EngineRevision): Dialect {
  return revision === 4 ? current : legacy;
}
