/**
 * The parts of Nest that have no public door and are the same in 11 and 12. Everything else of the room imports Nest by
 * package name; `test/nest-common/nest-internals.spec.ts` holds this file to the installed version.
 */
import type { CanActivate, FactoryProvider, NestInterceptor, PipeTransform } from '@nestjs/common';
import { ENTRY_PROVIDER_WATERMARK, GUARDS_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { ExternalContextCreator, type ModulesContainer } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
import { Injector } from '@nestjs/core/injector/injector.js';
import type { ContextId, InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Module } from '@nestjs/core/injector/module.js';

export {
  ENTRY_PROVIDER_WATERMARK,
  ExecutionContextHost,
  ExternalContextCreator,
  GUARDS_METADATA,
  Injector,
  ROUTE_ARGS_METADATA,
  STATIC_CONTEXT,
};
export type { ContextId, InstanceWrapper, Module };

/** A method of a gateway. */
export type GatewayMethod = (...args: unknown[]) => unknown;

/** A parameter decorator, resolved for one handler. */
export interface ParamProperties {
  readonly index: number;
  readonly type: number | string;
  readonly data: unknown;
  readonly pipes: PipeTransform[];
  readonly schema?: unknown;
  extractValue(...args: unknown[]): unknown;
}

/** A filter with the exceptions it is for; none means all. */
export interface FilterEntry {
  func(exception: unknown, host: ExecutionContextHost): unknown;
  readonly exceptionMetatypes: readonly (abstract new (...args: never[]) => unknown)[];
}

type Create<T> = (
  instance: object,
  method: GatewayMethod,
  moduleKey: string,
  contextId: ContextId,
  inquirerId: string | undefined,
) => T;

/** The creators that Nest hangs on its `ExternalContextCreator`. */
export interface ContextCreators {
  readonly guardsContextCreator: { create: Create<CanActivate[]> };
  readonly pipesContextCreator: { create: Create<PipeTransform[]> };
  readonly interceptorsContextCreator: { create: Create<NestInterceptor[]> };
  readonly filtersContextCreator: { create: Create<{ readonly filters: FilterEntry[] }> };
  exchangeKeysForValues(
    keys: string[],
    metadata: Record<string, unknown>,
    moduleKey: string,
    factory: { exchangeKeyForValue(type: number, data: unknown, args: unknown[]): unknown },
    contextId: ContextId,
    inquirerId: string | undefined,
    contextFactory: (args: unknown[]) => ExecutionContextHost,
  ): ParamProperties[];
}

/** Which of the application's global enhancers count. */
export type GlobalEnhancerSwitch = Readonly<Partial<Record<'guards' | 'pipes' | 'interceptors' | 'filters', boolean>>>;

const creatorNames = {
  guards: 'guardsContextCreator',
  pipes: 'pipesContextCreator',
  interceptors: 'interceptorsContextCreator',
  filters: 'filtersContextCreator',
} as const satisfies Record<keyof GlobalEnhancerSwitch, keyof ContextCreators>;

/**
 * Sees Nest's context creators through the interface above.
 *
 * @param counting kinds of global enhancers that are `false` here are left out; default: none are.
 */
export function contextCreatorsOf(
  creator: ExternalContextCreator,
  counting: GlobalEnhancerSwitch = {},
): ContextCreators {
  const creators = creator as unknown as ContextCreators;
  const off = Object.entries(creatorNames).filter(([kind]) => counting[kind as keyof GlobalEnhancerSwitch] === false);
  if (off.length === 0) return creators;
  // Nest's own stay as they are: they are there for whatever else uses them.
  const own = off.map(([, name]) => [
    name,
    { value: Object.create(creators[name], { getGlobalMetadata: { value: () => [] } }) as unknown },
  ]);
  return Object.create(creators, Object.fromEntries(own) as PropertyDescriptorMap) as ContextCreators;
}

/** Calls a factory with what a module can inject; Nest's error tells what it cannot. */
export async function callFactory<T>(
  module: Module,
  name: string,
  factory: Omit<FactoryProvider<T>, 'provide'>,
): Promise<T> {
  const token = Symbol(name);
  module.addProvider({ ...factory, provide: token });
  const wrapper = module.providers.get(token)!;
  try {
    await new Injector().loadProvider(wrapper, module);
  } finally {
    module.providers.delete(token);
  }
  if (!wrapper.isDependencyTreeStatic())
    throw new TypeError(`${name} come before any request: what they inject is request-scoped`);
  return wrapper.instance as T;
}

/**
 * Makes a module the first one whose `onModuleDestroy` is called and waited for; it is the last to be initialized.
 *
 * Nest goes by distance: 1 is the root module, and global modules are the farthest. It sorts once, before the first hook.
 */
export function destroyFirst(modules: ModulesContainer, moduleClass: Module['metatype']): void {
  for (const module of modules.values()) {
    if (module.metatype === moduleClass) module.distance = Number.NEGATIVE_INFINITY;
  }
}
