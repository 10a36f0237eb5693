import { Injectable, type Type } from '@nestjs/common';
import { ContextIdFactory } from '@nestjs/core';
import { RookeryError, type Socket } from '../../server/index.js';
import {
  Injector,
  STATIC_CONTEXT,
  type ContextId,
  type InstanceWrapper,
  type Module,
} from '../../nest-common/index.js';
import { RequestContexts, type RequestScope } from '../pipeline/request-contexts.js';
import type { RoomPolicy, RoomPolicySource } from './room-policy.js';

/** A policy that is ready to be asked: one instance, or one per event. */
export interface LoadedPolicy {
  /** @param contextId of the event, where its gateway has one; else `STATIC_CONTEXT`. */
  for(socket: Socket, contextId: ContextId): RoomPolicy | Promise<RoomPolicy>;
}

/** What counts of the gateway that a policy is for. */
export interface PolicyUser {
  readonly module: Module;
  readonly scope: RequestScope;
}

/** Finds the policies that decorators name, where the gateway's module sees them. */
@Injectable()
export class PolicyLoader {
  readonly #injector = new Injector();
  readonly #contexts: RequestContexts;

  constructor(contexts: RequestContexts) {
    this.#contexts = contexts;
  }

  /**
   * Loads a policy.
   *
   * @param gateway whose module sees it, and whose scope is that of a request-scoped one.
   * @param place begins the message of errors.
   * @throws RookeryError `INVALID_GATEWAY` for what is no policy, and for a class that the module does not provide.
   */
  async load(source: RoomPolicySource<never> | undefined, gateway: PolicyUser, place: string): Promise<LoadedPolicy> {
    if (source === undefined) {
      throw new RookeryError('INVALID_GATEWAY', `${place}: its policy is undefined; do the imports go in a circle?`);
    }
    if (isClass(source)) return this.#provided(source, gateway, place);
    const policy = (typeof source === 'function' ? { canJoin: source } : source) as RoomPolicy;
    assertPolicy(policy, place, 'its policy');
    return { for: () => policy };
  }

  async #provided(policyClass: Type<RoomPolicy>, { module, scope }: PolicyUser, place: string): Promise<LoadedPolicy> {
    const { name } = policyClass;
    const wrapper = providerOf(module, policyClass);
    if (wrapper === undefined) {
      throw new RookeryError(
        'INVALID_GATEWAY',
        `${place}: ${module.name} does not see ${name}; add it to the providers of the module, or import one that exports it`,
      );
    }
    const load = async (contextId: ContextId): Promise<RoomPolicy> => {
      const host = wrapper.host!;
      const instance: unknown = await this.#injector.loadPerContext(
        wrapper.instance as object,
        host,
        host.providers as never,
        contextId,
        wrapper,
      );
      assertPolicy(instance, place, name);
      return instance;
    };
    if (!wrapper.isDependencyTreeStatic()) {
      return { for: (socket, contextId) => load(this.#contextFor(socket, contextId, scope)) };
    }
    // Of a transient provider there is one instance per place that asks for it.
    const policy: unknown = wrapper.isTransient ? await load(ContextIdFactory.create()) : wrapper.instance;
    assertPolicy(policy, place, name);
    return { for: () => policy };
  }

  #contextFor(socket: Socket, contextId: ContextId, scope: RequestScope): ContextId {
    return contextId === STATIC_CONTEXT ? this.#contexts.for(socket, scope) : contextId;
  }
}

function isClass(source: RoomPolicySource<never>): source is Type<RoomPolicy<never>> & Type<RoomPolicy> {
  if (typeof source !== 'function') return false;
  const prototype = Object.getOwnPropertyDescriptor(source, 'prototype');
  const methods = prototype?.value as Partial<RoomPolicy> | undefined;
  // The prototype of a class stays; a compiler of older targets makes functions with methods.
  return prototype?.writable === false || typeof methods?.canJoin === 'function';
}

function assertPolicy(policy: unknown, place: string, name: string): asserts policy is RoomPolicy {
  if (typeof (policy as Partial<RoomPolicy> | null | undefined)?.canJoin === 'function') return;
  throw new RookeryError('INVALID_GATEWAY', `${place}: ${name} has no method canJoin()`);
}

/** The provider that a class of the module would be given; `undefined` where there is none. */
function providerOf(module: Module, token: Type): InstanceWrapper | undefined {
  return module.providers.get(token) ?? importedProvider(module, token, new Set());
}

function importedProvider(module: Module, token: Type, seen: Set<Module>): InstanceWrapper | undefined {
  const isGateways = seen.size === 0;
  seen.add(module);
  for (const imported of module.imports) {
    // Behind the first module, only what is exported again is seen.
    if (seen.has(imported) || (!isGateways && !module.exports.has(imported.metatype))) continue;
    const own = imported.exports.has(token) ? imported.providers.get(token) : undefined;
    const found = own ?? importedProvider(imported, token, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}
