import type { ContextCreators, ContextId, GatewayMethod } from '../../nest-common/index.js';
import { activate, collectEnhancers, contextFor, type Enhancers, type MethodPlace } from './enhancers.js';
import type { EventCall, HandlerArgs } from './event-call.js';
import type { GatewayInstance, GatewayRef, InstanceInContext } from './gateway-instance.js';
import type { RoomRules } from '../rooms/room-rules.js';
import { resolveParams } from './handler-params.js';
import type { HandlerRun } from './handler-run.js';
import { intercepted } from './interception.js';
import { SchemaPipe, type StandardSchema } from './standard-schema.js';
import { isStream } from './stream.js';
import { isThenable } from './thenable.js';

/** A method with everything around it, ready to be called: what it gives is its result, or a promise of it. */
export interface CompiledHandler {
  /** The enhancers and the place they stand in; for an event of its own where one of them is request-scoped. */
  prepare(call: EventCall): PreparedHandler | Promise<PreparedHandler>;
}

/** A handler for one event. */
export interface PreparedHandler {
  readonly place: MethodPlace;
  readonly contextId: ContextId;
  readonly enhancers: Enhancers;
  /** Validates the event's first argument, behind the guards. */
  readonly schemaPipe: SchemaPipe | undefined;
  readonly roomRules: RoomRules | undefined;
}

/** A method to compile. */
export interface HandlerPlace {
  readonly methodName: string;
  readonly schema?: StandardSchema | undefined;
  readonly roomRules?: RoomRules | undefined;
}

/** Compiles a method: once where everything is a singleton, per event where something is request-scoped. */
export function compileHandler(
  creators: ContextCreators,
  { wrapper, moduleKey }: GatewayRef,
  gateway: GatewayInstance,
  { methodName, schema, roomRules }: HandlerPlace,
): CompiledHandler {
  const schemaPipe = schema && new SchemaPipe(schema);
  let shared: Enhancers | undefined;
  const enhancersFor = (place: MethodPlace, contextId: ContextId): Enhancers =>
    gateway.sharesEnhancers
      ? (shared ??= collectEnhancers(creators, place, contextId))
      : collectEnhancers(creators, place, contextId);
  const prepare = ({ instance, contextId }: InstanceInContext): PreparedHandler => {
    const method = (instance as Record<string, GatewayMethod>)[methodName]!;
    const place = { instance, method, methodName, moduleKey, inquirerId: wrapper.id };
    return { place, contextId, enhancers: enhancersFor(place, contextId), schemaPipe, roomRules };
  };
  if (gateway.isStatic) {
    const prepared = prepare(gateway.inStaticContext);
    return { prepare: () => prepared };
  }
  return {
    prepare: (call) => {
      const inContext = gateway.forEvent(call.socket);
      return inContext instanceof Promise ? inContext.then(prepare) : prepare(inContext);
    },
  };
}

/**
 * Calls a prepared method: guards, schema, rooms, interceptors, parameters, method. A promise only where one needs it.
 *
 * @param run where something has to be known of it while it goes on.
 */
// hot: a handler without enhancers is a plain call.
export function callHandler(handler: PreparedHandler, call: EventCall, run?: HandlerRun): unknown {
  const { guards, givesAck } = handler.enhancers;
  const args = call.handlerArgs(givesAck);
  const activation = guards.length === 0 ? undefined : activate(guards, contextFor(handler.place, args));
  if (activation !== undefined) return activation.then(() => validated(handler, args, run));
  return validated(handler, args, run);
}

function validated(handler: PreparedHandler, args: HandlerArgs, run: HandlerRun | undefined): unknown {
  const { schemaPipe } = handler;
  if (schemaPipe === undefined) return withinRooms(handler, args, run);
  const proceed = (payload: unknown): unknown => withinRooms(handler, withPayload(args, payload), run);
  const payload = schemaPipe.transform(args[1]);
  return isThenable(payload) ? payload.then(proceed) : proceed(payload);
}

function withPayload([socket, , ack, payloads, event]: HandlerArgs, payload: unknown): HandlerArgs {
  return [socket, payload, ack, [payload, ...payloads.slice(1)], event];
}

function withinRooms(handler: PreparedHandler, args: HandlerArgs, run: HandlerRun | undefined): unknown {
  const { roomRules, contextId } = handler;
  if (roomRules === undefined) return withinInterceptors(handler, args, run);
  const call = { args, contextId, signal: run?.signal };
  return roomRules.run(call, (own) => withinInterceptors(handler, own, run));
}

function withinInterceptors(handler: PreparedHandler, args: HandlerArgs, run: HandlerRun | undefined): unknown {
  const { place, enhancers } = handler;
  const { interceptors } = enhancers;
  if (interceptors.length === 0) return callMethod(handler, args);
  const note = (value: unknown): unknown => {
    if (isStream(value)) run?.stream();
    return value;
  };
  return intercepted({
    interceptors,
    context: contextFor(place, args),
    call: () => {
      const result = callMethod(handler, args);
      return isThenable(result) ? Promise.resolve(result).then(note) : note(result);
    },
  });
}

function callMethod(handler: PreparedHandler, args: HandlerArgs): unknown {
  const { place, enhancers } = handler;
  const { instance, method } = place;
  // Undecorated, a method gets what Nest's gateways give: socket, payload, ack.
  if (enhancers.params === undefined) return method.call(instance, args[0], args[1], args[2]);
  const values = resolveParams(enhancers.params, args);
  return isThenable(values)
    ? values.then((resolved) => method.apply(instance, resolved))
    : method.apply(instance, values);
}
