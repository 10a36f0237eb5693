import { Scope } from '@nestjs/common';
import { ContextIdFactory } from '@nestjs/core';
import type { Socket } from '../../server/index.js';
import { STATIC_CONTEXT, type ContextId, type InstanceWrapper, type Module } from '../nest-internals.js';
import { InstancePlan, isSingleton, type InstanceLoader } from './instance-plan.js';

export type { InstanceLoader };

/** Where a gateway class was found. */
export interface GatewayRef {
  readonly wrapper: InstanceWrapper;
  readonly module: Module;
  readonly moduleKey: string;
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
  /** The one instance; `undefined` for a gateway that has one per event. */
  readonly singleton: object | undefined;
  /** Whether every enhancer is a singleton too, so that nothing has to be loaded per event. */
  readonly isStatic: boolean;
  /** Whether every enhancer is a singleton, and so the same for all events. */
  readonly sharesEnhancers: boolean;
  readonly #loader: InstanceLoader;
  readonly #ref: GatewayRef;
  readonly #plan: InstancePlan | undefined;

  private constructor(loader: InstanceLoader, ref: GatewayRef, singleton: object | undefined) {
    this.#loader = loader;
    this.#ref = ref;
    this.singleton = singleton;
    this.isStatic = ref.wrapper.isDependencyTreeStatic();
    this.sharesEnhancers = (ref.wrapper.getEnhancersMetadata() ?? []).every(isSingleton);
    this.#plan = singleton === undefined ? InstancePlan.of(loader, ref.wrapper) : undefined;
  }

  static async load(loader: InstanceLoader, ref: GatewayRef): Promise<GatewayInstance> {
    const { wrapper } = ref;
    if (wrapper.isDependencyTreeStatic()) return new GatewayInstance(loader, ref, wrapper.instance as object);
    if (!isSingletonClass(wrapper)) return new GatewayInstance(loader, ref, undefined);
    // Nest has not made an instance, because of the enhancers; the class itself depends on singletons alone.
    return new GatewayInstance(loader, ref, await loadInstance(loader, ref, ContextIdFactory.create()));
  }

  /**
   * Loads what an event needs of its own: the enhancers, and the instance of a request-scoped gateway.
   *
   * @returns a promise only where Nest's injector is needed.
   */
  forEvent(socket: Socket): InstanceInContext | Promise<InstanceInContext> {
    const contextId = ContextIdFactory.create();
    // Providers of the event inject the socket as REQUEST.
    this.#loader.moduleRef.registerRequestByContextId(socket, contextId);
    if (this.#plan !== undefined) return { instance: this.#plan.create(contextId), contextId };
    return this.#load(contextId);
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
