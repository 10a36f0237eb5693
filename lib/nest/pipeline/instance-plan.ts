import type { ModuleRef } from '@nestjs/core';
import type { ContextId, Injector, InstanceWrapper } from '../../nest-common/index.js';

/** What loading instances needs of the application. */
export interface InstanceLoader {
  readonly injector: Injector;
  readonly moduleRef: ModuleRef;
}

/** Where one dependency of an instance comes from. */
type Source = (contextId: ContextId, made: readonly object[]) => unknown;

/** One instance of the plan; what it depends on stands before it. */
interface Step {
  readonly wrapper: InstanceWrapper;
  readonly create: new (...dependencies: unknown[]) => object;
  readonly dependencies: readonly Source[];
  readonly properties: readonly { readonly key: string | symbol; readonly source: Source }[];
}

/**
 * How a request-scoped class and what it injects are made for an event, written down at boot.
 *
 * For classes that inject singletons, `REQUEST`, and request-scoped classes of the same kind. What is more than that
 * (transient and durable providers, factories, circular dependencies) is for Nest's injector, and has no plan.
 */
// hot: the injector makes promises and settlement signals for every instance, ten times the cost of the instances.
export class InstancePlan {
  readonly #steps: readonly Step[];

  private constructor(steps: readonly Step[]) {
    this.#steps = steps;
  }

  /** @returns `undefined` for a class that only the injector can make. */
  static of(loader: InstanceLoader, wrapper: InstanceWrapper): InstancePlan | undefined {
    const steps: Step[] = [];
    return new Planner(loader, steps).add(wrapper) ? new InstancePlan(steps) : undefined;
  }

  /** Makes the instances, known in the context as those of the injector are; the last one is that of the class. */
  create(contextId: ContextId): object {
    const made: object[] = [];
    for (const { wrapper, create, dependencies, properties } of this.#steps) {
      const instance = new create(...dependencies.map((source) => source(contextId, made)));
      for (const { key, source } of properties) {
        const value = source(contextId, made);
        if (value !== undefined && value !== null) (instance as Record<string | symbol, unknown>)[key] = value;
      }
      wrapper.setInstanceByContextId(contextId, { instance, isResolved: true, isConstructorCalled: true });
      made.push(instance);
    }
    return made.at(-1)!;
  }
}

/** Whether a provider has one instance for the application, whoever asks. */
export function isSingleton(wrapper: InstanceWrapper): boolean {
  return !wrapper.isTransient && wrapper.isDependencyTreeStatic();
}

class Planner {
  readonly #loader: InstanceLoader;
  readonly #steps: Step[];
  readonly #begun = new Set<InstanceWrapper>();

  constructor(loader: InstanceLoader, steps: Step[]) {
    this.#loader = loader;
    this.#steps = steps;
  }

  /** Adds the steps to make a class; `false` when there are none. */
  add(wrapper: InstanceWrapper): boolean {
    this.#begun.add(wrapper);
    const { injector } = this.#loader;
    const { metatype } = wrapper;
    if (typeof metatype !== 'function' || wrapper.isFactory || wrapper.isTransient) return false;
    if (wrapper.forwardRef === true || wrapper.isDependencyTreeDurable()) return false;
    if (!(wrapper.getEnhancersMetadata() ?? []).every(isSingleton)) return false;

    const create = metatype as Step['create'];
    const constructorParams = Array.from(wrapper.getCtorMetadata() ?? []);
    const injectedProperties = wrapper.getPropertiesMetadata() ?? [];
    // What Nest has not found, because it is optional, is not among them.
    if (constructorParams.length !== injector.reflectConstructorParams(create).length) return false;
    if (injectedProperties.length !== injector.reflectProperties(create).length) return false;

    const dependencies = constructorParams.map((dependency) => this.#sourceOf(dependency));
    const properties = injectedProperties.map((each) => ({ key: each.key, source: this.#sourceOf(each.wrapper) }));
    if (!dependencies.every(isKnown) || !properties.every(hasSource)) return false;
    this.#steps.push({ wrapper, create, dependencies, properties });
    return true;
  }

  #sourceOf(dependency: InstanceWrapper | undefined): Source | undefined {
    if (dependency === undefined) return undefined;
    if (isSingleton(dependency)) return () => dependency.instance as unknown;
    if (this.#isRequest(dependency)) {
      return (contextId) => dependency.getInstanceByContextId(contextId).instance as unknown;
    }
    const isCircular = this.#begun.has(dependency) && this.#indexOf(dependency) === -1;
    if (isCircular || (this.#indexOf(dependency) === -1 && !this.add(dependency))) return undefined;
    const index = this.#indexOf(dependency);
    return (_contextId, made) => made[index];
  }

  /** Asks Nest, which alone knows whose instance it registers: the application may have a `REQUEST` of its own. */
  #isRequest(dependency: InstanceWrapper): boolean {
    const contextId: ContextId = { id: 0 };
    const request = {};
    this.#loader.moduleRef.registerRequestByContextId(request, contextId);
    return dependency.getInstanceByContextId(contextId).instance === request;
  }

  #indexOf(wrapper: InstanceWrapper): number {
    return this.#steps.findIndex((step) => step.wrapper === wrapper);
  }
}

function isKnown(source: Source | undefined): source is Source {
  return source !== undefined;
}

function hasSource(property: {
  readonly key: string | symbol;
  readonly source: Source | undefined;
}): property is Step['properties'][number] {
  return property.source !== undefined;
}
