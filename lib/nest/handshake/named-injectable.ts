import type { Type } from '@nestjs/common';
import type { Injector, InstanceWrapper, Module } from '../../nest-common/index.js';
import type { Arrival } from './arrival.js';

interface Found {
  readonly wrapper: InstanceWrapper;
  readonly home: Module;
  readonly collection: Map<unknown, InstanceWrapper>;
}

/** Gives the instance of something that a decorator names; a promise only where it is made per connection. */
export type InstanceFor<T> = (arrival: Arrival) => T | Promise<T>;

/**
 * Finds what a decorator of a class in `module` names.
 *
 * A provider that the module can see is taken as it is; any other class is made by the module, once, as Nest makes
 * guards and pipes.
 */
export async function findInjectable<T>(injector: Injector, module: Module, type: Type<T>): Promise<InstanceFor<T>> {
  const { wrapper, home, collection } = visibleProvider(module, type) ?? (await ownInjectable(injector, module, type));
  if (wrapper.isDependencyTreeStatic() && !wrapper.isTransient) {
    const instance = wrapper.instance as T;
    return () => instance;
  }
  return ({ contextId }) =>
    injector.loadPerContext(
      wrapper.instance as object,
      home,
      collection as never,
      contextId,
      wrapper,
    ) as unknown as Promise<T>;
}

function visibleProvider(module: Module, type: Type): Found | undefined {
  return providerOf(module, type) ?? exportedBy([...module.imports], type, new Set([module]));
}

function providerOf(home: Module, type: Type): Found | undefined {
  const wrapper = home.providers.get(type);
  return wrapper && { wrapper, home, collection: home.providers as Map<unknown, InstanceWrapper> };
}

/** As Nest looks for providers: what imported modules export, and what they export of others. */
function exportedBy(imports: Module[], type: Type, seen: Set<Module>): Found | undefined {
  for (const imported of imports) {
    if (seen.has(imported)) continue;
    seen.add(imported);
    const passedOn = [...imported.imports].filter(({ metatype }) => imported.exports.has(metatype));
    const own = imported.exports.has(type) ? providerOf(imported, type) : undefined;
    const found = own ?? exportedBy(passedOn, type, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function ownInjectable(injector: Injector, home: Module, type: Type): Promise<Found> {
  const wrapper = home.addInjectable(type, 'guard') as InstanceWrapper;
  await injector.loadInjectable(wrapper as never, home);
  return { wrapper, home, collection: home.injectables as Map<unknown, InstanceWrapper> };
}
