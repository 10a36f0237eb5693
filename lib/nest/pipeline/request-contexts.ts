import { Injectable } from '@nestjs/common';
import { ContextIdFactory, ModuleRef } from '@nestjs/core';
import type { Socket } from '../../server/index.js';
import type { AuthenticatedSocket } from '../handshake/user.js';
import type { ContextId } from '../../nest-common/index.js';

/** How long an instance of a request-scoped provider is used: for one event, or as long as its socket is connected. */
export type RequestScope = 'event' | 'connection';

/** What `@Inject(REQUEST)` is in the providers of a gateway: the socket, with the fields of a request. */
export type GatewayRequest<User = unknown, S = Socket> = AuthenticatedSocket<User, S>;

/** Whether a value is a scope. */
export function isRequestScope(value: unknown): value is RequestScope {
  return value === 'event' || value === 'connection';
}

/** The contexts that request-scoped providers are made in; there, they inject the socket as `REQUEST`. */
@Injectable()
export class RequestContexts {
  readonly #moduleRef: ModuleRef;
  readonly #ofConnections = new WeakMap<Socket, ContextId>();

  constructor(moduleRef: ModuleRef) {
    this.#moduleRef = moduleRef;
  }

  /** A new context; or that of the connection, the same for all who ask with that scope. */
  for(socket: Socket, scope: RequestScope): ContextId {
    if (scope === 'event') return this.#create(socket);
    let contextId = this.#ofConnections.get(socket);
    if (contextId === undefined) {
      contextId = this.#create(socket);
      this.#ofConnections.set(socket, contextId);
    }
    return contextId;
  }

  #create(socket: Socket): ContextId {
    const contextId = ContextIdFactory.create();
    this.#moduleRef.registerRequestByContextId(socket, contextId);
    return contextId;
  }
}
