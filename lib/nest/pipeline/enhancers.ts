import { ForbiddenException, type CanActivate, type NestInterceptor } from '@nestjs/common';
import { isObservable, lastValueFrom } from 'rxjs';
import {
  ExecutionContextHost,
  ROUTE_ARGS_METADATA,
  type ContextCreators,
  type ContextId,
  type FilterEntry,
  type GatewayMethod,
} from '../../nest-common/index.js';
import type { HandlerArgs } from './event-call.js';
import { compileParams, readsAck, valueOf, type CompiledParam } from './handler-params.js';
import { isThenable } from './thenable.js';

/** Everything Nest puts around a method, resolved to instances. */
export interface Enhancers {
  readonly guards: CanActivate[];
  readonly interceptors: NestInterceptor[];
  readonly filters: readonly FilterEntry[];
  /** `undefined` when no parameter is decorated: the method gets its default arguments. */
  readonly params: readonly CompiledParam[] | undefined;
  /** Whether any of them, or the method, is given the function that answers. */
  readonly givesAck: boolean;
}

/** Where a method stands in the application. */
export interface MethodPlace {
  readonly instance: object;
  readonly method: GatewayMethod;
  readonly methodName: string;
  readonly moduleKey: string;
  readonly inquirerId: string | undefined;
}

/** Asks Nest for everything around a method, in one context. */
export function collectEnhancers(creators: ContextCreators, place: MethodPlace, contextId: ContextId): Enhancers {
  const { instance, method, methodName, moduleKey, inquirerId } = place;
  const create = <T>(creator: {
    create(i: object, m: GatewayMethod, k: string, c: ContextId, q: string | undefined): T;
  }): T => creator.create(instance, method, moduleKey, contextId, inquirerId);

  const pipes = create(creators.pipesContextCreator);
  const metadata = (Reflect.getMetadata(ROUTE_ARGS_METADATA, instance.constructor, methodName) ?? {}) as Record<
    string,
    unknown
  >;
  const keys = Object.keys(metadata);
  const metatypes = (Reflect.getMetadata('design:paramtypes', instance, methodName) ?? []) as unknown[];
  const decorated = creators.exchangeKeysForValues(
    keys,
    metadata,
    moduleKey,
    { exchangeKeyForValue: (type, data, args) => valueOf(type, data, args as HandlerArgs) },
    contextId,
    inquirerId,
    (args) => contextFor(place, args),
  );
  const params = compileParams(decorated, metatypes, pipes);

  const guards = create(creators.guardsContextCreator);
  const interceptors = create(creators.interceptorsContextCreator);
  const isAckRead = decorated.length === 0 || decorated.some(({ type }) => readsAck(type));

  return {
    guards,
    interceptors,
    givesAck: isAckRead || guards.length > 0 || interceptors.length > 0,
    filters: create(creators.filtersContextCreator).filters,
    params: params.length === 0 ? undefined : params,
  };
}

/** The context that guards, filters and parameter decorators see. */
export function contextFor(place: MethodPlace, args: unknown[]): ExecutionContextHost {
  const context = new ExecutionContextHost(args, place.instance.constructor as never, place.method);
  context.setType('ws');
  return context;
}

/**
 * Asks the guards in order; what is not nothing lets in, as it does over HTTP.
 *
 * @returns a promise only where a guard is asynchronous.
 * @throws ForbiddenException when one refuses.
 */
export function activate(
  guards: readonly CanActivate[],
  context: ExecutionContextHost,
  from = 0,
): Promise<void> | undefined {
  for (let index = from; index < guards.length; index++) {
    const result: unknown = guards[index]!.canActivate(context);
    if (result === true) continue;
    if (isThenable(result) || isObservable(result)) {
      return decisionOf(result).then((decision) => {
        refuseUnless(decision);
        return activate(guards, context, index + 1);
      });
    }
    refuseUnless(result);
  }
  return undefined;
}

/** What a guard decides, once it has. */
export async function decisionOf(result: unknown): Promise<unknown> {
  const value = await result;
  return isObservable(value) ? lastValueFrom(value) : value;
}

function refuseUnless(decision: unknown): void {
  if (!decision) throw new ForbiddenException('Forbidden resource');
}
