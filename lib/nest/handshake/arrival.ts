import { ContextIdFactory, type ModuleRef } from '@nestjs/core';
import type { Socket } from '../../server/index.js';
import type { ContextId } from '../nest-internals.js';

/** A socket on its way in, and the context that its request-scoped providers share. */
export class Arrival {
  readonly socket: Socket;
  readonly #moduleRef: ModuleRef;
  #contextId: ContextId | undefined;

  constructor(socket: Socket, moduleRef: ModuleRef) {
    this.socket = socket;
    this.#moduleRef = moduleRef;
  }

  /** Made when it is first asked for. */
  get contextId(): ContextId {
    if (this.#contextId === undefined) {
      this.#contextId = ContextIdFactory.create();
      // Providers of the connection inject the socket as REQUEST.
      this.#moduleRef.registerRequestByContextId(this.socket, this.#contextId);
    }
    return this.#contextId;
  }
}

/** Does what has to be done before a socket comes in; throws, or rejects, to refuse it. */
export type EntryStep = (arrival: Arrival) => unknown;
