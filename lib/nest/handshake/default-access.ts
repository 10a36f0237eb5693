import { ForbiddenException, Inject, Injectable } from '@nestjs/common';
import {
  ParentNamespace,
  RookeryError,
  type Middleware,
  type Namespace,
  type Server,
  type Socket,
} from '../../server/index.js';
import { answerFor, internalAnswer } from '../exceptions/error-answer.js';
import type { SocketIoModuleOptions } from '../socketio.options.js';
import { SOCKET_IO_OPTIONS } from '../socketio.tokens.js';
import { refusalOf } from './refusal.js';

/** Keeps clients out of namespaces that nobody has declared, where the option `defaultAccess` says so. */
@Injectable()
export class DefaultAccess {
  readonly denies: boolean;
  readonly #declared = new Set<Namespace>();

  constructor(@Inject(SOCKET_IO_OPTIONS) { defaultAccess = 'allow' }: SocketIoModuleOptions) {
    if (defaultAccess !== 'allow' && defaultAccess !== 'deny') {
      throw new RookeryError('INVALID_OPTION', `defaultAccess is "allow" or "deny", not ${String(defaultAccess)}`);
    }
    this.denies = defaultAccess === 'deny';
  }

  /** Watches the door of every namespace of a server, also of those to come; before anybody else does. */
  watch(server: Server): void {
    if (!this.denies) return;
    const door: Middleware<Socket> = (socket, next) => {
      next(this.#isDeclared(socket.nsp as unknown as Namespace) ? undefined : refusal());
    };
    server.use(door);
    server.on('new_namespace', (namespace: Namespace) => namespace.use(door));
  }

  /** Opens the door of a namespace, or of all that are made of it: others decide who may come in. */
  declare(namespace: Namespace): void {
    this.#declared.add(namespace);
  }

  #isDeclared(namespace: Namespace): boolean {
    if (this.#declared.has(namespace)) return true;
    return [...this.#declared].some((each) => each instanceof ParentNamespace && each.children.has(namespace));
  }
}

function refusal(): Error {
  return refusalOf(answerFor(new ForbiddenException('Forbidden namespace')) ?? internalAnswer());
}
