import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { ParamType } from '../decorators/metadata.js';
import { sessionOf } from '../handshake/request-fields.js';
import { userOf } from '../handshake/user.js';
import type { ParamProperties } from '../../nest-common/index.js';
import { roomOf } from '../rooms/named-rooms.js';
import { paramsOf } from './namespace-pattern.js';
import { isThenable } from './thenable.js';
import type { HandlerArgs } from './event-call.js';

/** One parameter of a handler: where its value comes from and which pipes it goes through. */
export interface CompiledParam {
  readonly pipes: readonly PipeTransform[];
  readonly metadata: ArgumentMetadata;
  extract(args: HandlerArgs): unknown;
}

/** Reads the value of one of our own parameter decorators. */
export function valueOf(type: number, data: unknown, args: HandlerArgs): unknown {
  switch (type) {
    case ParamType.Socket:
      return args[0];
    case ParamType.Payload:
      return property(args[1], data);
    case ParamType.Ack:
      return args[2];
    case ParamType.Args:
      return args[3];
    case ParamType.Arg:
      return args[3][data as number];
    case ParamType.CurrentUser:
      return property(userOf(args[0]), data);
    case ParamType.Handshake:
      return property(args[0].handshake, data);
    case ParamType.NamespaceParam:
      return paramsOf(args[0].nsp)[data as string];
    case ParamType.EventName:
      return args[4];
    case ParamType.SocketData:
      return property(args[0].data, data);
    case ParamType.Room:
      return roomOf(args, data as number);
    case ParamType.Session:
      return property(sessionOf(args[0]), data);
    default:
      return null;
  }
}

/** Whether a parameter decorator sees the ack: that of it, and one of the application, which sees everything. */
export function readsAck(type: ParamProperties['type']): boolean {
  return typeof type === 'string' || type === ParamType.Ack;
}

/** A property of a value, or the value; of nothing, nothing. */
function property(value: unknown, name: unknown): unknown {
  return typeof name === 'string' ? (value as Record<string, unknown> | undefined | null)?.[name] : value;
}

/** What stands where a parameter before a decorated one is not decorated. */
const undecorated: CompiledParam = { pipes: [], metadata: { type: 'custom' }, extract: () => undefined };

/**
 * Prepares the parameters of a method, in their order.
 *
 * @param metatypes their types.
 * @param handlerPipes what stands around all of them.
 */
export function compileParams(
  params: readonly ParamProperties[],
  metatypes: readonly unknown[],
  handlerPipes: readonly PipeTransform[],
): CompiledParam[] {
  const byIndex = new Map(params.map((param) => [param.index, param]));
  return Array.from({ length: Math.max(-1, ...byIndex.keys()) + 1 }, (_, index) => {
    const param = byIndex.get(index);
    return param === undefined ? undecorated : compileParam(param, metatypes[index], handlerPipes);
  });
}

/**
 * Prepares a parameter.
 *
 * Pipes of the handler, its class and the application see payloads and custom parameters, and nothing else; the pipes
 * of a parameter see its value whatever it is.
 */
function compileParam(
  param: ParamProperties,
  metatype: unknown,
  handlerPipes: readonly PipeTransform[],
): CompiledParam {
  const { type, data, schema } = param;
  const isCustom = typeof type === 'string';
  const isPiped = isCustom || type === ParamType.Payload || type === ParamType.Arg;
  const metadata = {
    metatype: metatype as ArgumentMetadata['metatype'],
    type: isCustom ? 'custom' : 'body',
    data: typeof data === 'string' ? data : undefined,
    ...(schema !== undefined && { schema }),
  } as ArgumentMetadata;
  return {
    pipes: isPiped ? [...handlerPipes, ...param.pipes] : param.pipes,
    metadata,
    // hot: past Nest's own reader, which copies the arguments twice.
    extract: isCustom ? (args) => param.extractValue(...args) : (args) => valueOf(type, data, args),
  };
}

/** Reads every parameter; a promise only where a value or a pipe is asynchronous. */
// hot: map() makes the list in its length; one that grows costs more than all else here.
export function resolveParams(params: readonly CompiledParam[], args: HandlerArgs): unknown[] | Promise<unknown[]> {
  const values = params.map((param) => piped(param, param.extract(args), 0));
  return values.some(isThenable) ? Promise.all(values) : values;
}

function piped(param: CompiledParam, value: unknown, from: number): unknown {
  let current = value;
  for (let index = from; index < param.pipes.length; index++) {
    if (isThenable(current)) return Promise.resolve(current).then((resolved) => piped(param, resolved, index));
    current = param.pipes[index]!.transform(current, param.metadata);
  }
  return current;
}
