import { Inject, Injectable } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '../nest-common/index.js';
import { RookeryError } from '../shared/index.js';
import { serverEventMetadata, type ServerEventMetadata } from './decorators/metadata.js';
import { ServerEventEnhancer, type HandlerPlace } from './server-event-enhancer.js';
import { SocketClient } from './socket-client.js';
import { defaultClient } from './socket-client.tokens.js';

/** A method of a provider, and what it handles. */
interface FoundHandler extends ServerEventMetadata, HandlerPlace {
  readonly place: string;
  /** Whether the instance is there for all events, with all that stands around its methods. */
  readonly isLasting: boolean;
}

/** A provider or a controller, and where it stands. */
interface FoundInstance extends Omit<HandlerPlace, 'methodName'> {
  readonly wrapper: InstanceWrapper;
}

/** Finds the handlers of server events among an application's providers, and has sockets call them; once, at boot. */
@Injectable()
export class ServerEventBinder {
  readonly #scanner = new MetadataScanner();
  readonly #modules: ModulesContainer;
  readonly #enhancer: ServerEventEnhancer;

  constructor(
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Inject(ServerEventEnhancer) enhancer: ServerEventEnhancer,
  ) {
    this.#modules = modules;
    this.#enhancer = enhancer;
  }

  /** @throws RookeryError `INVALID_OPTION` for a handler that no event would reach. */
  bind(client: SocketClient): void {
    const instances = this.#instances();
    const names = new Set(
      instances.flatMap(({ instance }) => (instance instanceof SocketClient ? [instance.name] : [])),
    );
    for (const handler of instances.flatMap((each) => this.#handlersOf(each))) {
      const { client: name = defaultClient, namespace = '/', event, place, isReserved, isLasting } = handler;
      if (!isLasting) {
        const message = `${place} handles server events, which come outside of requests, and needs something request-scoped`;
        throw new RookeryError('INVALID_OPTION', message);
      }
      if (!names.has(name)) {
        throw new RookeryError('INVALID_OPTION', `${place} is for a client "${name}", which no SocketClientModule has`);
      }
      if (name !== client.name) continue;
      const socket = client.sockets.get(namespace);
      if (socket === undefined) {
        const message = `${place} is for "${namespace}"; add it to the \`namespaces\` of the SocketClientModule "${name}"`;
        throw new RookeryError('INVALID_OPTION', message);
      }
      const run = this.#enhancer.around(handler, client.globalEnhancers);
      const listener = (...args: unknown[]): Promise<unknown> => run(socket, args, event);
      socket.on(event, client.runs.listener(listener, `${place}, "${event}" of ${namespace},`, isReserved));
    }
  }

  #handlersOf({ instance, moduleKey, wrapper }: FoundInstance): FoundHandler[] {
    const prototype = Object.getPrototypeOf(instance) as Record<string, object> | null;
    if (prototype === null) return [];
    return this.#scanner.getAllMethodNames(prototype).flatMap((methodName) => {
      const found = Reflect.getMetadata(serverEventMetadata, prototype[methodName]!) as
        readonly ServerEventMetadata[] | undefined;
      if (found === undefined) return [];
      const place = `${prototype.constructor!.name}.${methodName}()`;
      const isLasting = wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
      return found.map((metadata) => ({ ...metadata, instance, methodName, moduleKey, place, isLasting }));
    });
  }

  /** Each provider and controller once, in the module that has made it. */
  #instances(): FoundInstance[] {
    const found = new Map<object, FoundInstance>();
    for (const [moduleKey, { providers, controllers }] of this.#modules) {
      for (const wrapper of [...providers.values(), ...controllers.values()]) {
        const instance: unknown = wrapper.instance;
        if (typeof instance !== 'object' || instance === null || wrapper.isAlias) continue;
        if (!found.has(instance)) found.set(instance, { instance, moduleKey, wrapper });
      }
    }
    return [...found.values()];
  }
}
