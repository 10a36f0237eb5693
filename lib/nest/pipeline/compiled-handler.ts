import type { ContextCreators, GatewayMethod } from '../nest-internals.js';
import { activate, collectEnhancers, contextFor, type Enhancers, type MethodPlace } from './enhancers.js';
import type { EventCall, HandlerArgs } from './event-call.js';
import type { GatewayInstance, GatewayRef, InstanceInContext } from './gateway-instance.js';
import { resolveParams } from './handler-params.js';
import { isThenable } from './thenable.js';

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
export function compileHandler(
  creators: ContextCreators,
  { wrapper, moduleKey }: GatewayRef,
  gateway: GatewayInstance,
  methodName: string,
): CompiledHandler {
  const prepare = ({ instance, contextId }: InstanceInContext): PreparedHandler => {
    const method = (instance as Record<string, GatewayMethod>)[methodName]!;
    const place = { instance, method, methodName, moduleKey, inquirerId: wrapper.id };
    return { place, enhancers: collectEnhancers(creators, place, contextId) };
  };
  if (gateway.isStatic) {
    const prepared = prepare(gateway.inStaticContext);
    return { prepare: () => prepared };
  }
  return { prepare: async (call) => prepare(await gateway.forEvent(call.socket)) };
}

/** Calls a prepared method: guards, interceptors, parameters, method. A promise only where one of them needs it. */
// hot: a handler without enhancers is a plain call.
export function callHandler(creators: ContextCreators, handler: PreparedHandler, call: EventCall): unknown {
  const { place, enhancers } = handler;
  const args = call.handlerArgs();
  const { guards, interceptors } = enhancers;
  const proceed = (): unknown => {
    if (interceptors.length === 0) return callMethod(handler, args);
    return creators.interceptorsConsumer.intercept(
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
