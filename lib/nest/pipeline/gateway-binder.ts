import { Inject, Injectable, Logger } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { DisconnectReason, Namespace, Server, Socket } from '../../server/index.js';
import type { Hook } from '../decorators/metadata.js';
import { emitException, logError, tellError, toldOf } from '../exceptions/error-report.js';
import { ConnectPhase } from '../lifecycle/connect-phase.js';
import type { OnGatewayInit } from '../lifecycle/lifecycle.interfaces.js';
import { RunningHooks } from '../lifecycle/running-hooks.js';
import { contextCreatorsOf, ExternalContextCreator, Injector, type ContextCreators } from '../nest-internals.js';
import { SOCKET_IO_SERVER } from '../socketio.tokens.js';
import { AnsweringHandler } from './answering-handler.js';
import { compileHandler } from './compiled-handler.js';
import { DispatchTable } from './dispatch-table.js';
import { GatewayExplorer, type ExploredGateway } from './gateway-explorer.js';
import { GatewayInstance, type InstanceLoader } from './gateway-instance.js';
import { isThenable } from './thenable.js';

type HookMethod = (socket: Socket, reason?: DisconnectReason) => unknown;

/** A gateway with its instance. */
interface LoadedGateway {
  readonly gateway: ExploredGateway;
  readonly instance: GatewayInstance;
}

/** Binds the gateways to their namespaces: one dispatch table and one connection listener each. */
@Injectable()
export class GatewayBinder {
  readonly #logger = new Logger('SocketIoModule');
  readonly #server: Server;
  readonly #explorer: GatewayExplorer;
  readonly #creators: ContextCreators;
  readonly #loader: InstanceLoader;
  readonly #running = new RunningHooks();

  constructor(
    @Inject(SOCKET_IO_SERVER) server: Server,
    explorer: GatewayExplorer,
    contextCreator: ExternalContextCreator,
    moduleRef: ModuleRef,
  ) {
    this.#server = server;
    this.#explorer = explorer;
    this.#creators = contextCreatorsOf(contextCreator);
    this.#loader = { injector: new Injector(), moduleRef };
  }

  /** Binds every gateway of the application. */
  async bind(): Promise<void> {
    const byNamespace = new Map<Namespace, LoadedGateway[]>();
    for (const gateway of this.#explorer.explore()) {
      const namespace = this.#server.of(gateway.namespace);
      const loaded = { gateway, instance: await GatewayInstance.load(this.#loader, gateway) };
      byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), loaded]);
    }
    for (const [namespace, gateways] of byNamespace) await this.#bindNamespace(namespace, gateways);
  }

  /** Waits for the disconnect hooks that are running, at most `timeout` milliseconds. */
  hooksSettled(timeout: number): Promise<void> {
    return this.#running.settled(timeout);
  }

  async #bindNamespace(namespace: Namespace, gateways: readonly LoadedGateway[]): Promise<void> {
    const table = this.#createTable(gateways);
    const phase = new ConnectPhase((socket, args) => table.dispatch(socket, args));
    const connectHooks = gateways.flatMap((gateway) => hooksOf(gateway, 'connect'));
    const disconnectHooks = gateways.flatMap((gateway) => hooksOf(gateway, 'disconnect'));

    for (const gateway of gateways) await initialize(gateway, namespace);
    namespace.setDispatcher((socket, args) => {
      if (!table.has(args[0])) return false;
      phase.accept(socket, args);
      return true;
    });
    namespace.on('connection', (socket) => {
      if (disconnectHooks.length > 0) {
        socket.on('disconnect', (reason) => this.#onDisconnect(disconnectHooks, socket, reason));
      }
      const connecting = this.#onConnect(connectHooks, socket, 0);
      if (connecting !== undefined) phase.begin(socket, connecting);
    });
  }

  #createTable(gateways: readonly LoadedGateway[]): DispatchTable {
    const table = new DispatchTable();
    for (const { gateway, instance } of gateways) {
      for (const { event, methodName, ...rules } of gateway.handlers) {
        const compiled = compileHandler(this.#creators, gateway, instance, methodName);
        table.add(event, new AnsweringHandler(this.#creators, compiled, rules, this.#logger));
      }
    }
    return table;
  }

  /** Calls the hooks in order; a promise only where one of them returns one. Never rejects. */
  #onConnect(hooks: readonly HookMethod[], socket: Socket, from: number): Promise<void> | undefined {
    try {
      for (let index = from; index < hooks.length; index++) {
        const result = hooks[index]!(socket);
        if (!isThenable(result)) continue;
        return Promise.resolve(result).then(
          () => this.#onConnect(hooks, socket, index + 1),
          (error: unknown) => this.#refuse(socket, error),
        );
      }
    } catch (error) {
      this.#refuse(socket, error);
    }
    return undefined;
  }

  #refuse(socket: Socket, error: unknown): void {
    try {
      const answer = toldOf(this.#logger, 'connection', error);
      tellError(this.#logger, 'connection', answer, (told) => emitException(socket, 'connection', told));
    } finally {
      // A client that is refused does not stay, whatever becomes of the message.
      socket.disconnect();
    }
  }

  #onDisconnect(hooks: readonly HookMethod[], socket: Socket, reason: DisconnectReason): void {
    for (const hook of hooks) {
      try {
        const result = hook(socket, reason);
        if (isThenable(result)) {
          const logged = (error: unknown): void => logError(this.#logger, 'disconnect', error);
          this.#running.add(Promise.resolve(result).catch(logged));
        }
      } catch (error) {
        logError(this.#logger, 'disconnect', error);
      }
    }
  }
}

function hooksOf({ gateway, instance }: LoadedGateway, hook: Hook): HookMethod[] {
  const call = (target: object, name: string, args: Parameters<HookMethod>): unknown =>
    (target as Record<string, HookMethod>)[name]!(...args);
  const { singleton } = instance;
  return gateway.hooks[hook].map((name): HookMethod =>
    singleton === undefined
      ? async (...args) => call((await instance.forEvent(args[0])).instance, name, args)
      : (...args) => call(singleton, name, args),
  );
}

async function initialize({ gateway, instance }: LoadedGateway, namespace: Namespace): Promise<void> {
  const { singleton } = instance;
  // A gateway with an instance per event has none yet; it injects the server.
  if (singleton === undefined) return;
  for (const property of gateway.serverProperties) Object.assign(singleton, { [property]: namespace });
  await (singleton as Partial<OnGatewayInit>).afterInit?.(namespace);
}
