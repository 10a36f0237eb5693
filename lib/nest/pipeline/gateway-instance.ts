import { Scope } from '@nestjs/common';
import { ContextIdFactory } from '@nestjs/core';
import type { Socket } from '../../server/index.js';
import { STATIC_CONTEXT, type ContextId, type InstanceWrapper, type Module } from '../../nest-common/index.js';
import { InstancePlan, isSingleton, type InstanceLoader } from './instance-plan.js';
import type { RequestContexts, RequestScope } from './request-contexts.js';

export type { InstanceLoader };

/** Where a gateway class was found. */
export interface GatewayRef {
  readonly wrapper: InstanceWrapper;
  readonly module: Module;
  readonly moduleKey: string;
}

/** How long instances are used, and the contexts they are made in. */
export interface InstanceScope {
  readonly contexts: RequestContexts;
  readonly scope: RequestScope;
}

/** The instance that an event is handled by, and the context its enhancers are looked up in. */
export interface InstanceInContext {
  readonly instance: object;
  readonly contextId: ContextId;
}

/**
 * The instance, or instances, of a gateway.
 *
 * A gateway is a singleton unless it is request-scoped itself or injects something that is; enhancers that are
 * request-scoped do not make it one.
 */
export class GatewayInstance {
  /** The one instance; `undefined` for a gateway that has one per event or connection. */
  readonly singleton: object | undefined;
  /** Whether every enhancer is a singleton too, so that nothing has to be loaded per event. */
  readonly isStatic: boolean;
  /** Whether every enhancer is a singleton, and so the same for all events. */
  readonly sharesEnhancers: boolean;
  /** How long what is request-scoped is used. */
  readonly scope: RequestScope;
  readonly #contexts: RequestContexts;
  readonly #byConnection = new WeakMap<Socket, Promise<InstanceInContext>>();
  readonly #loader: InstanceLoader;
  readonly #ref: GatewayRef;
  readonly #plan: InstancePlan | undefined;

  private constructor(
    loader: InstanceLoader,
    ref: GatewayRef,
    { contexts, scope }: InstanceScope,
    singleton: object | undefined,
  ) {
    this.#loader = loader;
    this.#contexts = contexts;
    this.scope = scope;
    this.#ref = ref;
    this.singleton = singleton;
    this.isStatic = ref.wrapper.isDependencyTreeStatic();
    this.sharesEnhancers = (ref.wrapper.getEnhancersMetadata() ?? []).every(isSingleton);
    // A plan makes everything anew, and the providers of a connection are shared: those are for Nest's injector.
    const isPlanned = singleton === undefined && scope === 'event';
    this.#plan = isPlanned ? InstancePlan.of(loader, ref.wrapper) : undefined;
  }

  static async load(loader: InstanceLoader, ref: GatewayRef, scope: InstanceScope): Promise<GatewayInstance> {
    const { wrapper } = ref;
    if (wrapper.isDependencyTreeStatic()) return new GatewayInstance(loader, ref, scope, wrapper.instance as object);
    if (!isSingletonClass(wrapper)) return new GatewayInstance(loader, ref, scope, undefined);
    // Nest has not made an instance, because of the enhancers; the class itself depends on singletons alone.
    return new GatewayInstance(loader, ref, scope, await loadInstance(loader, ref, ContextIdFactory.create()));
  }

  /**
   * Loads what an event needs: the enhancers, and the instance of a request-scoped gateway; its own, or those of its
   * connection.
   *
   * @returns a promise only where Nest's injector is needed.
   */
  forEvent(socket: Socket): InstanceInContext | Promise<InstanceInContext> {
    if (this.scope === 'connection') return this.#forConnection(socket);
    const contextId = this.#contexts.for(socket, 'event');
    if (this.#plan !== undefined) return { instance: this.#plan.create(contextId), contextId };
    return this.#load(contextId);
  }

  /** Always a promise, also when it is made: no event comes before the one that waits for it. */
  #forConnection(socket: Socket): Promise<InstanceInContext> {
    let loaded = this.#byConnection.get(socket);
    if (loaded === undefined) {
      loaded = this.#load(this.#contexts.for(socket, 'connection'));
      this.#byConnection.set(socket, loaded);
    }
    return loaded;
  }

  async #load(contextId: ContextId): Promise<InstanceInContext> {
    const { wrapper } = this.#ref;
    if (this.singleton === undefined) {
      return { instance: await loadInstance(this.#loader, this.#ref, contextId), contextId };
    }
    await this.#loader.injector.loadEnhancersPerContext(wrapper, contextId, wrapper);
    return { instance: this.singleton, contextId };
  }

  /** The singleton with singleton enhancers; only where `isStatic`. */
  get inStaticContext(): InstanceInContext {
    return { instance: this.singleton!, contextId: STATIC_CONTEXT };
  }
}

function isSingletonClass(wrapper: InstanceWrapper): boolean {
  const dependencies = [
    ...(wrapper.getCtorMetadata() ?? []),
    ...(wrapper.getPropertiesMetadata() ?? []).map((property) => property.wrapper),
  ];
  const isDefaultScope = wrapper.scope === undefined || wrapper.scope === Scope.DEFAULT;
  return isDefaultScope && dependencies.every((dependency) => dependency.isDependencyTreeStatic());
}

async function loadInstance(
  { injector }: InstanceLoader,
  { wrapper, module }: GatewayRef,
  contextId: ContextId,
): Promise<object> {
  return (await injector.loadPerContext(
    wrapper.instance as object,
    module,
    module.providers as never,
    contextId,
    wrapper,
  )) as object;
}
