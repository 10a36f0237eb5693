import type { ArgumentsHost } from '@nestjs/common';
import type { Socket } from '../../server/index.js';
import { ExecutionContextHost, type GatewayMethod } from '../../nest-common/index.js';
import { RefusingResponse } from './refusing-response.js';

/** The pattern of a connection, where that of an event is its name. */
const pattern = 'connection';

/** What connection guards see: the client is the socket, the data its `auth`. */
export class ConnectionContext extends ExecutionContextHost {
  /** Stands where guards for HTTP expect a response. */
  readonly response = new RefusingResponse();
  readonly #socket: Socket;

  constructor(socket: Socket, gatewayClass: unknown, handler: GatewayMethod) {
    const { auth } = socket.handshake;
    super([socket, auth, undefined, [auth], pattern], gatewayClass as never, handler);
    this.setType('ws');
    this.#socket = socket;
  }

  override switchToHttp(): ReturnType<ArgumentsHost['switchToHttp']> {
    return {
      getRequest: <T>() => this.#socket as T,
      getResponse: <T>() => this.response as T,
      getNext: <T>() => (() => {}) as T,
    };
  }
}
