import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable, Logger, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { RookeryError, type Middleware, type Namespace, type Socket } from '../../server/index.js';
import type { ContextRunner } from '../context/event-context.js';
import { Injector } from '../../nest-common/index.js';
import type { LoadedGateway } from '../pipeline/loaded-gateway.js';
import { literalName, rememberParams } from '../pipeline/namespace-pattern.js';
import { RequestContexts } from '../pipeline/request-contexts.js';
import type { SocketIoModuleOptions } from '../socketio.options.js';
import { SOCKET_IO_OPTIONS } from '../socketio.tokens.js';
import { Arrival, type EntryStep } from './arrival.js';
import type { NamespaceAuthMetadata } from './auth-options.js';
import { guardStep } from './connection-guards.js';
import { isConnectionGuardsPolicy, type ConnectionGuardsPolicy } from './connection-guards-policy.js';
import { assertGateway, declarationOf, type Declaration } from './declaration.js';
import { accessDecorators, DefaultAccess } from './default-access.js';
import { findInjectable, type InstanceFor } from './named-injectable.js';
import { NamespaceAuthenticator } from './namespace-auth.js';
import { middlewareStep } from './namespace-middleware.js';
import { Strategies } from './passport.js';
import { refusalFor } from './refusal.js';
import { UserConnections } from './user-connections.js';
import { UserRooms } from './user-rooms.js';

/** A gateway with what it says of who may enter its namespace. */
interface Declared extends Declaration {
  readonly loaded: LoadedGateway;
  readonly gatewayClass: Type<object>;
}

/** Decides who may enter a namespace, before its client is told anything. */
@Injectable()
export class Admission {
  readonly #logger = new Logger('SocketIoModule');
  readonly #injector = new Injector();
  readonly #contexts: RequestContexts;
  readonly #modules: ModulesContainer;
  readonly #access: DefaultAccess;
  readonly #rooms: UserRooms;
  readonly #connections: UserConnections;
  readonly #guardsPolicy: ConnectionGuardsPolicy;
  readonly #skipsMiddlewares: boolean;

  constructor(
    @Inject(SOCKET_IO_OPTIONS) { connectionStateRecovery, connectionGuards = 'declared' }: SocketIoModuleOptions,
    contexts: RequestContexts,
    modules: ModulesContainer,
    access: DefaultAccess,
    rooms: UserRooms,
    connections: UserConnections,
  ) {
    if (!isConnectionGuardsPolicy(connectionGuards)) {
      throw new RookeryError(
        'INVALID_OPTION',
        `connectionGuards is "declared" or "class", not ${String(connectionGuards)}`,
      );
    }
    this.#guardsPolicy = connectionGuards;
    this.#connections = connections;
    this.#skipsMiddlewares = connectionStateRecovery?.skipMiddlewares === true;
    this.#contexts = contexts;
    this.#modules = modules;
    this.#access = access;
    this.#rooms = rooms;
  }

  /** @throws RookeryError `INVALID_GATEWAY` for a class whose decorators would be ignored. */
  check(): void {
    for (const module of this.#modules.values()) {
      for (const { metatype } of module.providers.values()) {
        if (typeof metatype === 'function') assertGateway(metatype as Type<object>);
      }
    }
  }

  /**
   * Watches the door of a namespace, as the gateways that share it say: middlewares, authentication, guards.
   *
   * @param context that all of it runs in; none where `undefined`.
   */
  async guard(
    namespace: Namespace,
    gateways: readonly LoadedGateway[],
    context: ContextRunner | undefined,
  ): Promise<void> {
    const declared = gateways.map((loaded): Declared => {
      const gatewayClass = loaded.gateway.wrapper.metatype as Type<object>;
      return {
        ...declarationOf(gatewayClass, loaded.gateway.options.connectionGuards ?? this.#guardsPolicy),
        loaded,
        gatewayClass,
      };
    });
    // The door is closed; of a pattern's namespaces it stands behind what would be set here.
    if (!this.#declareAccess(namespace, declared)) return;
    const authenticator = await this.#authenticatorFor(declared);
    const steps = [
      ...(await this.#middlewareSteps(declared)),
      ...(authenticator === undefined ? [] : [({ socket }: Arrival) => authenticator.admit(socket)]),
      ...(await this.#guardSteps(declared)),
      ...(this.#connections.isLimited ? [(arrival: Arrival) => this.#count(arrival)] : []),
    ];
    if (steps.length > 0) namespace.use(this.#door(steps, gateways, context));
    if (authenticator !== undefined) namespace.on('connection', (socket) => authenticator.onEntered(socket));
  }

  #door(
    steps: readonly EntryStep[],
    gateways: readonly LoadedGateway[],
    context: ContextRunner | undefined,
  ): Middleware<Socket> {
    const pattern = gateways[0]!.gateway.namespace;
    const scope = gateways.some(({ instance }) => instance.scope === 'connection') ? 'connection' : 'event';
    const enter: Middleware<Socket> = async (socket, next) => {
      rememberParams(socket.nsp, pattern);
      const arrival = new Arrival(socket, this.#contexts, scope);
      try {
        for (const step of steps) await step(arrival);
      } catch (error) {
        next(refusalFor(this.#logger, error));
        return;
      }
      next();
    };
    if (context === undefined) return enter;
    return (socket, next) => context.connect(socket, () => void enter(socket, next));
  }

  /** Comes last, and in one go with the connection: who is counted comes in. */
  #count({ socket }: Arrival): void {
    this.#connections.admit(socket, this.#rooms.roomOf(socket));
  }

  /** @returns whether anybody may enter. */
  #declareAccess(namespace: Namespace, declared: readonly Declared[]): boolean {
    const open = declared.find(({ isPublic }) => isPublic);
    const closed = declared.find(({ auth, guards }) => auth !== undefined || guards.length > 0);
    if (open !== undefined && closed !== undefined) {
      throw new RookeryError(
        'INVALID_GATEWAY',
        `${open.gatewayClass.name} has @PublicNamespace(), and ${closed.gatewayClass.name} says who may enter the same namespace; keep one`,
      );
    }
    if (open !== undefined || closed !== undefined) {
      this.#access.declare(namespace);
      return true;
    }
    if (!this.#access.denies || this.#access.spares(namespace)) return true;
    for (const { gatewayClass, loaded, middlewares } of declared) {
      const name = literalName(loaded.gateway.namespaceName);
      const way =
        middlewares.length === 0
          ? `add ${accessDecorators}`
          : 'a middleware does not say who may enter, as it may refuse clients or only log them; beside @UseNamespaceMiddleware() add @PublicNamespace() where it refuses who may not enter, or where everybody may, else @NamespaceAuth() or @UseConnectionGuards()';
      this.#logger.warn(
        `Nobody may enter the namespace ${String(name)} of ${gatewayClass.name}: ${this.#access.cause}; ${way}`,
      );
    }
    return false;
  }

  /** The authentication of a namespace is one, whichever of its gateways says so. */
  async #authenticatorFor(declared: readonly Declared[]): Promise<NamespaceAuthenticator | undefined> {
    const [first, ...others] = declared.filter((each): each is Declared & { auth: NamespaceAuthMetadata } => {
      return each.auth !== undefined;
    });
    if (first === undefined) return undefined;
    const { auth, gatewayClass } = first;
    const other = others.find((each) => !isDeepStrictEqual(each.auth, auth));
    if (other !== undefined) {
      throw new RookeryError(
        'INVALID_GATEWAY',
        `${gatewayClass.name} and ${other.gatewayClass.name} share a namespace and have different @NamespaceAuth(); keep one`,
      );
    }
    if (this.#skipsMiddlewares) {
      throw new RookeryError(
        'INVALID_OPTION',
        `connectionStateRecovery.skipMiddlewares lets clients past the @NamespaceAuth() of ${gatewayClass.name}, without a user; leave it out`,
      );
    }
    const place = `@NamespaceAuth() of ${gatewayClass.name}`;
    const strategies = await Strategies.load(auth.strategies, auth.options.strategyOptions ?? {}, place);
    return new NamespaceAuthenticator(strategies, auth.options, this.#rooms, this.#logger);
  }

  async #middlewareSteps(declared: readonly Declared[]): Promise<EntryStep[]> {
    const steps: EntryStep[] = [];
    for (const { middlewares, loaded } of declared) {
      for (const middleware of middlewares) steps.push(middlewareStep(await this.#find(loaded, middleware)));
    }
    return steps;
  }

  async #guardSteps(declared: readonly Declared[]): Promise<EntryStep[]> {
    const steps: EntryStep[] = [];
    for (const { guards, loaded } of declared) {
      if (guards.length === 0) continue;
      const found = await Promise.all(guards.map((guard) => this.#find(loaded, guard)));
      steps.push(guardStep(loaded, found));
    }
    return steps;
  }

  async #find<T extends object>({ gateway }: LoadedGateway, named: Type<T> | T): Promise<InstanceFor<T>> {
    if (typeof named !== 'function') return () => named;
    return findInjectable(this.#injector, gateway.module, named);
  }
}
