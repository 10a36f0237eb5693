import { ForbiddenException, Inject, Injectable, Logger } from '@nestjs/common';
import {
  ParentNamespace,
  RookeryError,
  type Middleware,
  type Namespace,
  type Server,
  type Socket,
} from '../../server/index.js';
import { answerFor, internalAnswer } from '../exceptions/error-answer.js';
import { modulePresetOf } from '../module-preset.js';
import { namespaceFor } from '../pipeline/namespace-pattern.js';
import type { SocketIoModuleOptions } from '../socketio.options.js';
import { SOCKET_IO_OPTIONS } from '../socketio.tokens.js';
import { applicationPort, type UntouchedGateway } from '../websockets/untouched-gateways.js';
import { refusalOf } from './refusal.js';

/** The decorators that say who may enter a namespace. */
export const accessDecorators = '@NamespaceAuth(), @UseConnectionGuards() or @PublicNamespace()';

/** A gateway of `@nestjs/websockets` that stays open, with its server. */
interface Spared extends UntouchedGateway {
  readonly server: Server;
}

/** Keeps clients out of namespaces that nobody has declared, where the options say so. */
@Injectable()
export class DefaultAccess {
  readonly denies: boolean;
  /** Why namespaces are closed, for warnings. */
  readonly cause: string;
  readonly #logger = new Logger('SocketIoModule');
  /** Whether gateways of `@nestjs/websockets`, which cannot say who may enter, stay as they are. */
  readonly #sparesUntouched: boolean;
  readonly #declared = new Set<Namespace>();
  readonly #spared: Spared[] = [];

  constructor(@Inject(SOCKET_IO_OPTIONS) options: SocketIoModuleOptions) {
    const { defaultAccess } = options;
    const access: unknown = defaultAccess ?? modulePresetOf(options).defaultAccess;
    if (access !== 'allow' && access !== 'deny') {
      throw new RookeryError('INVALID_OPTION', `defaultAccess is "allow" or "deny", not ${String(access)}`);
    }
    this.denies = access === 'deny';
    this.#sparesUntouched = defaultAccess === undefined;
    this.cause = this.#sparesUntouched ? 'security is "strict"' : 'defaultAccess is "deny"';
  }

  /**
   * Watches the door of every namespace of a server, also of those to come; before anybody else does.
   *
   * @param untouched the gateways of `@nestjs/websockets` that the server is for.
   */
  watch(server: Server, untouched: readonly UntouchedGateway[]): void {
    if (!this.denies) return;
    if (this.#sparesUntouched) this.#spared.push(...untouched.map((gateway) => ({ ...gateway, server })));
    const door: Middleware<Socket> = (socket, next) => {
      next(this.#isOpen(socket.nsp as unknown as Namespace) ? undefined : refusal());
    };
    server.use(door);
    server.on('new_namespace', (namespace: Namespace) => namespace.use(door));
  }

  /** Opens the door of a namespace, or of all that are made of it: others decide who may come in. */
  declare(namespace: Namespace): void {
    this.#declared.add(namespace);
  }

  /** Whether a namespace stays open for a gateway of `@nestjs/websockets`. */
  spares(namespace: Namespace): boolean {
    return this.#spared.some((gateway) => namespaceOf(gateway) === namespace);
  }

  /** Names the gateways that everybody may enter, though nobody has said so; once, when all others are bound. */
  warnOfSpared(): void {
    const open = this.#spared.filter((gateway) => !this.#declared.has(namespaceOf(gateway)));
    if (open.length === 0) return;
    this.#logger.warn(
      `Everybody may enter ${open.map(placeOf).join(', ')}: gateways of @nestjs/websockets stay open; close them all with defaultAccess: "deny", or declare a gateway of rookery in the namespace with ${accessDecorators}`,
    );
  }

  #isOpen(namespace: Namespace): boolean {
    const open = [...this.#declared, ...this.#spared.map(namespaceOf)];
    return open.some((each) => each === namespace || (each instanceof ParentNamespace && each.children.has(namespace)));
  }
}

/** Asked when it is needed: whoever watches namespaces comes before the first of them. */
function namespaceOf({ server, namespace }: Spared): Namespace {
  return namespaceFor(server, namespace);
}

function placeOf({ name, namespace, port }: Spared): string {
  return `"${String(namespace)}" of ${name}${port === applicationPort ? '' : ` on port ${String(port)}`}`;
}

function refusal(): Error {
  return refusalOf(answerFor(new ForbiddenException('Forbidden namespace')) ?? internalAnswer());
}
