import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { ParamType } from '../decorators/metadata.js';
import { sessionOf } from '../handshake/request-fields.js';
import { userOf } from '../handshake/user.js';
import type { ParamProperties } from '../nest-internals.js';
import { roomOf } from '../rooms/named-rooms.js';
import { paramsOf } from './namespace-pattern.js';
import { isThenable } from './thenable.js';
import type { HandlerArgs } from './event-call.js';

/** One parameter of a handler: where its value comes from and which pipes it goes through. */
export interface CompiledParam {
  readonly index: number;
  readonly pipes: readonly PipeTransform[];
  readonly metadata: ArgumentMetadata;
  extract(args: HandlerArgs): unknown;
}

/** Reads the value of one of our own parameter decorators. */
export function valueOf(type: number, data: unknown, args: HandlerArgs): unknown {
  const [socket, payload, ack, payloads, event] = args;
  switch (type) {
    case ParamType.Socket:
      return socket;
    case ParamType.Payload:
      return property(payload, data);
    case ParamType.Ack:
      return ack;
    case ParamType.Args:
      return payloads;
    case ParamType.Arg:
      return payloads[data as number];
    case ParamType.CurrentUser:
      return property(userOf(socket), data);
    case ParamType.Handshake:
      return property(socket.handshake, data);
    case ParamType.NamespaceParam:
      return paramsOf(socket.nsp)[data as string];
    case ParamType.EventName:
      return event;
    case ParamType.SocketData:
      return property(socket.data, data);
    case ParamType.Room:
      return roomOf(args, data as number);
    case ParamType.Session:
      return property(sessionOf(socket), data);
    default:
      return null;
  }
}

/** A property of a value, or the value; of nothing, nothing. */
function property(value: unknown, name: unknown): unknown {
  return typeof name === 'string' ? (value as Record<string, unknown> | undefined | null)?.[name] : value;
}

/**
 * Prepares a parameter.
 *
 * Pipes of the handler, its class and the application see payloads and custom parameters, and nothing else; the pipes
 * of a parameter see its value whatever it is.
 */
export function compileParam(
  param: ParamProperties,
  metatype: unknown,
  handlerPipes: readonly PipeTransform[],
): CompiledParam {
  const { index, type, data, schema } = param;
  const isCustom = typeof type === 'string';
  const isPiped = isCustom || type === ParamType.Payload || type === ParamType.Arg;
  const metadata = {
    metatype: metatype as ArgumentMetadata['metatype'],
    type: isCustom ? 'custom' : 'body',
    data: typeof data === 'string' ? data : undefined,
    ...(schema !== undefined && { schema }),
  } as ArgumentMetadata;
  return {
    index,
    pipes: isPiped ? [...handlerPipes, ...param.pipes] : param.pipes,
    metadata,
    // hot: past Nest's own reader, which copies the arguments twice.
    extract: isCustom ? (args) => param.extractValue(...args) : (args) => valueOf(type, data, args),
  };
}

/** Reads every parameter; a promise only where a value or a pipe is asynchronous. */
// hot: the array grows to the last parameter by itself; made in its length by Array.from(), it cost more than the rest.
export function resolveParams(params: readonly CompiledParam[], args: HandlerArgs): unknown[] | Promise<unknown[]> {
  const values: unknown[] = [];
  let pending: Promise<unknown>[] | undefined;
  for (const param of params) {
    const value = piped(param, param.extract(args), 0);
    if (isThenable(value)) {
      const set = (resolved: unknown): void => {
        values[param.index] = resolved;
      };
      (pending ??= []).push(Promise.resolve(value).then(set));
    } else {
      values[param.index] = value;
    }
  }
  return pending === undefined ? values : Promise.all(pending).then(() => values);
}

function piped(param: CompiledParam, value: unknown, from: number): unknown {
  let current = value;
  for (let index = from; index < param.pipes.length; index++) {
    if (isThenable(current)) return Promise.resolve(current).then((resolved) => piped(param, resolved, index));
    current = param.pipes[index]!.transform(current, param.metadata);
  }
  return current;
}
