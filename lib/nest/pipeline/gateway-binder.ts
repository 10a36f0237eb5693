import { isDeepStrictEqual } from 'node:util';
import { HttpStatus, Inject, Injectable, Logger } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { RookeryError, type Namespace, type NamespaceLimits, type Server, type Socket } from '../../server/index.js';
import { ContextRunner } from '../context/event-context.js';
import { Admission } from '../handshake/admission.js';
import { ConnectPhase } from '../lifecycle/connect-phase.js';
import type { OnGatewayInit } from '../lifecycle/lifecycle.interfaces.js';
import { RunningHooks } from '../lifecycle/running-hooks.js';
import { SocketHooks } from '../lifecycle/socket-hooks.js';
import type { ErrorAnswer } from '../exceptions/ws.exception.js';
import {
  contextCreatorsOf,
  ExternalContextCreator,
  Injector,
  type ContextCreators,
  type GatewayMethod,
} from '../../nest-common/index.js';
import { bindPresence } from '../presence/presence-handlers.js';
import { Presence } from '../presence/presence.service.js';
import { RoomRulesCompiler } from '../rooms/room-rules-compiler.js';
import { globalEnhancersOf, type SocketIoModuleOptions } from '../socketio.options.js';
import { SOCKET_IO_OPTIONS, SOCKET_IO_SERVER } from '../socketio.tokens.js';
import { answerStyleOf, answerStyles, type AnswerStyle } from './answer-style.js';
import { AnsweringHandler, type AnswerRules } from './answering-handler.js';
import { compileHandler } from './compiled-handler.js';
import { DispatchTable } from './dispatch-table.js';
import { GatewayExplorer, type ExploredGateway, type ExploredHandler } from './gateway-explorer.js';
import { GatewayInstance, type InstanceLoader } from './gateway-instance.js';
import type { LoadedGateway } from './loaded-gateway.js';
import { keyOf, namespaceFor, rememberParams, type NamespacePattern } from './namespace-pattern.js';
import { isRequestScope, RequestContexts, type RequestScope } from './request-contexts.js';

/** Binds the gateways to their namespaces: one dispatch table and one connection listener each. */
@Injectable()
export class GatewayBinder {
  readonly #logger = new Logger('SocketIoModule');
  readonly #server: Server;
  readonly #explorer: GatewayExplorer;
  readonly #admission: Admission;
  readonly #roomRules: RoomRulesCompiler;
  readonly #creators: ContextCreators;
  readonly #loader: InstanceLoader;
  readonly #running = new RunningHooks();
  readonly #options: SocketIoModuleOptions;
  /** How handlers that always answer do so, where they say nothing else. */
  readonly #ackStyle: AnswerStyle;
  readonly #contexts: RequestContexts;
  readonly #scope: RequestScope;
  readonly #context: ContextRunner | undefined;
  readonly #presence: Presence;

  constructor(
    @Inject(SOCKET_IO_SERVER) server: Server,
    @Inject(SOCKET_IO_OPTIONS) options: SocketIoModuleOptions,
    explorer: GatewayExplorer,
    admission: Admission,
    roomRules: RoomRulesCompiler,
    contextCreator: ExternalContextCreator,
    moduleRef: ModuleRef,
    contexts: RequestContexts,
    presence: Presence,
  ) {
    const { scope = 'event', context } = options;
    if (!isRequestScope(scope)) {
      throw new RookeryError('INVALID_OPTION', `scope is "event" or "connection", not ${String(scope)}`);
    }
    this.#server = server;
    this.#options = options;
    this.#ackStyle = answerStyleOf(options.ackStyle ?? 'envelope', 'SocketIoModule');
    this.#contexts = contexts;
    this.#presence = presence;
    this.#scope = scope;
    this.#context = ContextRunner.of(context);
    this.#explorer = explorer;
    this.#admission = admission;
    this.#roomRules = roomRules;
    this.#creators = contextCreatorsOf(contextCreator, globalEnhancersOf(options));
    this.#loader = { injector: new Injector(), moduleRef };
  }

  /** Binds every gateway of the application. */
  async bind(): Promise<void> {
    this.#admission.check();
    const byPattern = new Map<unknown, LoadedGateway[]>();
    for (const gateway of await this.#explorer.explore()) {
      const scope = { contexts: this.#contexts, scope: gateway.scope ?? this.#scope };
      const loaded = { gateway, instance: await GatewayInstance.load(this.#loader, gateway, scope) };
      const key = keyOf(gateway.namespace);
      byPattern.set(key, [...(byPattern.get(key) ?? []), loaded]);
    }
    for (const gateways of byPattern.values()) {
      const pattern = gateways[0]!.gateway.namespace;
      await this.#bindNamespace(namespaceFor(this.#server, pattern), pattern, gateways);
    }
  }

  /** Waits for the disconnect hooks that are running, at most `timeout` milliseconds. */
  hooksSettled(timeout: number): Promise<void> {
    return this.#running.settled(timeout);
  }

  async #bindNamespace(
    namespace: Namespace,
    pattern: NamespacePattern,
    gateways: readonly LoadedGateway[],
  ): Promise<void> {
    const table = await this.#createTable(gateways);
    const context = this.#context;
    const phase = new ConnectPhase(
      context === undefined
        ? (socket, args) => table.dispatch(socket, args)
        : (socket, args) => context.run(socket, String(args[0]), () => table.dispatch(socket, args)),
    );
    const hooks = new SocketHooks(this.#creators, gateways, this.#running, this.#logger);
    const acksUnknown = this.#options.onUnknownEvent === 'ack-error';

    const limits = limitsOf(gateways);
    if (limits !== undefined) namespace.limit(limits);
    for (const gateway of gateways) await initialize(gateway, namespace);
    await this.#admission.guard(namespace, gateways, context);
    namespace.setDispatcher((socket, args) => {
      if (!table.has(args[0])) return acksUnknown && this.#refuseUnknown(socket, args);
      phase.accept(socket, args);
      return true;
    });
    for (const gateway of gateways) bindServerSide(namespace, pattern, gateway);
    for (const gateway of gateways) bindPresence(this.#presence, gateway);
    namespace.on('connection', (socket) => {
      rememberParams(socket.nsp, pattern);
      // A listener before this one may have disconnected it.
      if (!socket.connected) return;
      for (const hook of ['disconnecting', 'disconnect'] as const) {
        if (!hooks.has(hook)) continue;
        socket.on(hook, (reason, description) => {
          const leave = (): void => hooks.leave(hook, socket, reason, description);
          if (context === undefined) leave();
          else context.run(socket, hook, leave);
        });
      }
      if (!hooks.has('connect')) return;
      const connect = (): void => {
        const connecting = hooks.connect(socket);
        if (connecting !== undefined) phase.begin(socket, connecting);
      };
      if (context === undefined) connect();
      else context.connect(socket, connect);
    });
  }

  async #createTable(gateways: readonly LoadedGateway[]): Promise<DispatchTable> {
    const table = new DispatchTable();
    for (const loaded of gateways) {
      const { gateway, instance } = loaded;
      for (const handler of gateway.handlers) {
        const roomRules = await this.#roomRules.compile(loaded, handler.methodName);
        const compiled = compileHandler(this.#creators, gateway, instance, { ...handler, roomRules });
        table.add(handler.event, new AnsweringHandler(compiled, this.#rulesFor(gateway, handler), this.#logger));
      }
    }
    return table;
  }

  #rulesFor({ wrapper }: ExploredGateway, handler: ExploredHandler): AnswerRules {
    const { alwaysAnswers, ackStyle, timeout, isAckManual, methodName } = handler;
    const { errors = 'ack' } = this.#options;
    const own = ackStyle === undefined ? undefined : answerStyleOf(ackStyle, `${wrapper.name}.${methodName}()`);
    const style = alwaysAnswers ? (own ?? this.#ackStyle) : answerStyles.raw;
    return { style, alwaysAnswers, errors, timeout, isAckManual };
  }

  /** Answers an event that nobody is for; `false` where a listener of the socket may be, or nobody waits. */
  #refuseUnknown(socket: Socket, args: readonly unknown[]): boolean {
    const [event] = args;
    const ack = args.at(-1);
    if (typeof ack !== 'function' || socket.listenerCount(event as string) > 0) return false;
    const error: ErrorAnswer = { status: HttpStatus.NOT_FOUND, message: 'Unknown event' };
    (ack as (...answer: unknown[]) => void)(...this.#ackStyle.failure(error));
    return true;
  }
}

/** The limits that gateways of one namespace agree on. */
function limitsOf(gateways: readonly LoadedGateway[]): NamespaceLimits | undefined {
  const [first, ...others] = gateways.filter(({ gateway }) => gateway.options.limits !== undefined);
  for (const { gateway } of others) {
    if (isDeepStrictEqual(gateway.options.limits, first!.gateway.options.limits)) continue;
    throw new RookeryError(
      'INVALID_GATEWAY',
      `${gateway.wrapper.name} and ${first!.gateway.wrapper.name} have different limits, and one namespace; give them to one of both`,
    );
  }
  return first?.gateway.options.limits;
}

async function initialize({ gateway, instance }: LoadedGateway, namespace: Namespace): Promise<void> {
  const { singleton } = instance;
  // A gateway with an instance per event has none yet; it injects the server.
  if (singleton === undefined) return;
  for (const property of gateway.serverProperties) Object.assign(singleton, { [property]: namespace });
  await (singleton as Partial<OnGatewayInit>).afterInit?.(namespace);
}

/** Calls methods for the events of other servers; their errors are those of any listener. */
function bindServerSide(namespace: Namespace, pattern: NamespacePattern, { gateway, instance }: LoadedGateway): void {
  for (const { event, methodName } of gateway.serverSide) {
    const { singleton } = instance;
    if (typeof pattern !== 'string' || singleton === undefined) {
      throw new RookeryError(
        'INVALID_GATEWAY',
        `${methodName}() handles an event of other servers: its gateway needs a namespace of one name, and one instance`,
      );
    }
    namespace.on(event, (...args: unknown[]) => (singleton as Record<string, GatewayMethod>)[methodName]!(...args));
  }
}
