import { ContextIdFactory, type ModuleRef } from '@nestjs/core';
import {
  STATIC_CONTEXT,
  type ContextCreators,
  type ContextId,
  type GatewayMethod,
  type Injector,
  type InstanceWrapper,
  type Module,
} from '../nest-internals.js';
import { activate, collectEnhancers, contextFor, type Enhancers, type MethodPlace } from './enhancers.js';
import type { EventCall, HandlerArgs } from './event-call.js';
import { resolveParams } from './handler-params.js';
import { isThenable } from './thenable.js';

/** What compiling needs of the application. */
export interface CompileContext {
  readonly creators: ContextCreators;
  readonly injector: Injector;
  readonly moduleRef: ModuleRef;
}

/** A gateway class as it was found. */
export interface GatewayRef {
  readonly wrapper: InstanceWrapper;
  readonly module: Module;
  readonly moduleKey: string;
}

/** A method with everything around it, ready to be called: what it gives is its result, or a promise of it. */
export interface CompiledHandler {
  /** The enhancers and the place they stand in; for an event of its own where one of them is request-scoped. */
  prepare(call: EventCall): PreparedHandler | Promise<PreparedHandler>;
}

/** A handler for one event. */
export interface PreparedHandler {
  readonly place: MethodPlace;
  readonly enhancers: Enhancers;
}

/** Compiles a method: once where everything is a singleton, per event where something is request-scoped. */
export function compileHandler(context: CompileContext, gateway: GatewayRef, methodName: string): CompiledHandler {
  const { wrapper, moduleKey } = gateway;
  const placeOf = (instance: object): MethodPlace => ({
    instance,
    method: (instance as Record<string, GatewayMethod>)[methodName]!,
    methodName,
    moduleKey,
    inquirerId: wrapper.id,
  });
  if (wrapper.isDependencyTreeStatic()) {
    const place = placeOf(wrapper.instance as object);
    const prepared = { place, enhancers: collectEnhancers(context.creators, place, STATIC_CONTEXT) };
    return { prepare: () => prepared };
  }
  return {
    prepare: async (call) => {
      const contextId = ContextIdFactory.create();
      const instance = await instanceFor(context, gateway, call, contextId);
      const place = placeOf(instance);
      return { place, enhancers: collectEnhancers(context.creators, place, contextId) };
    },
  };
}

/** Calls a prepared method: guards, interceptors, parameters, method. A promise only where one of them needs it. */
// hot: a handler without enhancers is a plain call.
export function callHandler(context: CompileContext, handler: PreparedHandler, call: EventCall): unknown {
  const { place, enhancers } = handler;
  const args = call.handlerArgs();
  const { guards, interceptors } = enhancers;
  const proceed = (): unknown => {
    if (interceptors.length === 0) return callMethod(handler, args);
    return context.creators.interceptorsConsumer.intercept(
      interceptors,
      args,
      place.instance,
      place.method,
      async () => callMethod(handler, args),
      'ws',
    );
  };
  const activation = guards.length === 0 ? undefined : activate(guards, contextFor(place, args));
  return activation === undefined ? proceed() : activation.then(proceed);
}

function callMethod(handler: PreparedHandler, args: HandlerArgs): unknown {
  const { place, enhancers } = handler;
  const { instance, method } = place;
  // Undecorated, a method gets what Nest's gateways give: socket, payload, ack.
  if (enhancers.params === undefined) return method.call(instance, args[0], args[1], args[2]);
  const values = resolveParams(enhancers.params, enhancers.paramsCount, args);
  return isThenable(values)
    ? values.then((resolved) => method.apply(instance, resolved))
    : method.apply(instance, values);
}

async function instanceFor(
  { injector, moduleRef }: CompileContext,
  { wrapper, module }: GatewayRef,
  call: EventCall,
  contextId: ContextId,
): Promise<object> {
  // Providers of the event inject the socket as REQUEST.
  moduleRef.registerRequestByContextId(call.socket, contextId);
  return (await injector.loadPerContext(
    wrapper.instance as object,
    module,
    module.providers as never,
    contextId,
    wrapper,
  )) as object;
}
