import type { Socket } from '../../server/index.js';
import type { ContextId } from '../../nest-common/index.js';
import type { RequestContexts, RequestScope } from '../pipeline/request-contexts.js';

/** A socket on its way in, and the context that its request-scoped providers share. */
export class Arrival {
  readonly socket: Socket;
  readonly #contexts: RequestContexts;
  readonly #scope: RequestScope;
  #contextId: ContextId | undefined;

  /** @param scope `connection` where a gateway of the namespace shares its providers with those of the entry. */
  constructor(socket: Socket, contexts: RequestContexts, scope: RequestScope) {
    this.socket = socket;
    this.#contexts = contexts;
    this.#scope = scope;
  }

  /** Made when it is first asked for. */
  get contextId(): ContextId {
    return (this.#contextId ??= this.#contexts.for(this.socket, this.#scope));
  }
}

/** Does what has to be done before a socket comes in; throws, or rejects, to refuse it. */
export type EntryStep = (arrival: Arrival) => unknown;
