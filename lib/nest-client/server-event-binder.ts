import { Injectable, Scope } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { RookeryError } from '../shared/index.js';
import { serverEventMetadata, type ServerEventMetadata } from './decorators/metadata.js';
import { SocketClient } from './socket-client.js';
import { defaultClient } from './socket-client.tokens.js';

/** A method of a provider, and what it handles. */
interface FoundHandler extends ServerEventMetadata {
  readonly instance: object;
  readonly methodName: string;
  readonly place: string;
}

/** Finds the handlers of server events among an application's providers, and has sockets call them; once, at boot. */
@Injectable()
export class ServerEventBinder {
  readonly #scanner = new MetadataScanner();
  readonly #modules: ModulesContainer;

  constructor(modules: ModulesContainer) {
    this.#modules = modules;
  }

  /** @throws RookeryError `INVALID_OPTION` for a handler of a client or a namespace that no module connects to. */
  bind(client: SocketClient): void {
    const names = new Set(this.#instances().flatMap((each) => (each instanceof SocketClient ? [each.name] : [])));
    for (const handler of this.#handlers()) {
      const { client: name = defaultClient, namespace = '/', event, place, instance, methodName, isReserved } = handler;
      if (!names.has(name)) {
        throw new RookeryError('INVALID_OPTION', `${place} is for a client "${name}", which no SocketClientModule has`);
      }
      if (name !== client.name) continue;
      const socket = client.sockets.get(namespace);
      if (socket === undefined) {
        const message = `${place} is for "${namespace}"; add it to the \`namespaces\` of the SocketClientModule "${name}"`;
        throw new RookeryError('INVALID_OPTION', message);
      }
      const method = (instance as Record<string, (...args: unknown[]) => unknown>)[methodName]!;
      socket.on(
        event,
        client.runs.listener(method.bind(instance), `${place}, "${event}" of ${namespace},`, isReserved),
      );
    }
  }

  #handlers(): FoundHandler[] {
    return this.#instances().flatMap((instance) => {
      const prototype = Object.getPrototypeOf(instance) as Record<string, object> | null;
      if (prototype === null) return [];
      return this.#scanner.getAllMethodNames(prototype).flatMap((methodName) => {
        const found = Reflect.getMetadata(serverEventMetadata, prototype[methodName]!) as
          ServerEventMetadata[] | undefined;
        const place = `${prototype.constructor!.name}.${methodName}()`;
        return (found ?? []).map((metadata) => ({ ...metadata, instance, methodName, place }));
      });
    });
  }

  /** Each provider and controller that lives as long as the application, once. */
  #instances(): object[] {
    const found = new Set<object>();
    for (const { providers, controllers } of this.#modules.values()) {
      for (const wrapper of [...providers.values(), ...controllers.values()]) {
        const instance: unknown = wrapper.instance;
        const isLasting = wrapper.scope === undefined || wrapper.scope === Scope.DEFAULT;
        if (isLasting && typeof instance === 'object' && instance !== null) found.add(instance);
      }
    }
    return [...found];
  }
}
