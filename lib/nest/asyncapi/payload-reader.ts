import { ParamType } from '../decorators/metadata.js';
import { ROUTE_ARGS_METADATA } from '../../nest-common/index.js';
import { isSchema, SchemaPipe } from '../pipeline/standard-schema.js';
import { directivesOf } from '../rooms/room-metadata.js';
import { RoomTemplate } from '../rooms/room-template.js';

/** A class of a gateway, as its methods are read. */
export type GatewayClass = abstract new (...args: never[]) => object;

/** What is known of one argument of an event: its type, or those of some properties. */
export interface ArgumentType {
  /** As `SchemaComponents.schemaOf()` takes it; `undefined` where nothing is known. */
  readonly type: unknown;
  readonly properties: ReadonlyMap<string, unknown>;
  /** The ways to the values that rooms are named with. */
  readonly roomValues: readonly (readonly string[])[];
}

/** What is known of the arguments of an event. */
export interface EventArguments {
  /** By their numbers; empty where the method reads none. */
  readonly types: readonly ArgumentType[];
  /** Whether the method reads more than the first one. */
  readonly isList: boolean;
}

/** A parameter as decorators leave it, ours and those of `@nestjs/websockets`. */
interface ParamMetadata {
  readonly index: number;
  readonly data?: unknown;
  readonly pipes?: readonly unknown[];
  readonly schema?: unknown;
}

/** What a method of Nest's gateways is given, without decorators: the socket, and then the payload. */
const defaultPayloadIndex = 1;

/** Reads from the parameters of a method what its event brings. @param schema what the first argument has to fit. */
export function readArguments(gatewayClass: GatewayClass, methodName: string, schema?: unknown): EventArguments {
  const prototype = gatewayClass.prototype as object;
  const designed = (Reflect.getMetadata('design:paramtypes', prototype, methodName) ?? []) as readonly unknown[];
  const params = Object.entries(
    (Reflect.getMetadata(ROUTE_ARGS_METADATA, gatewayClass, methodName) ?? {}) as Record<string, ParamMetadata>,
  ).map(([key, param]) => ({ ...param, kind: Number.parseInt(key, 10), type: typeOf(param, designed[param.index]) }));
  const rooms = roomValuesOf(prototype, methodName, `${gatewayClass.name}.${methodName}()`);

  const whole = new Map<number, unknown>();
  const properties = new Map<string, unknown>();
  let length = 0;
  const note = (index: number, type: unknown): void => {
    length = Math.max(length, index + 1);
    if (type !== undefined && !whole.has(index)) whole.set(index, type);
  };
  if (schema !== undefined) note(0, schema);
  for (const { kind, data, type } of params) {
    if (kind === ParamType.Arg) note(data as number, type);
    else if (kind === ParamType.Payload) {
      note(0, typeof data === 'string' ? undefined : type);
      if (typeof data === 'string') properties.set(data, type);
    }
  }
  if (params.length === 0 && designed.length > defaultPayloadIndex) note(0, designed[defaultPayloadIndex]);
  if (rooms.length > 0) note(0, undefined);
  const types = Array.from({ length }, (_, index) => ({
    type: whole.get(index),
    properties: index === 0 ? properties : new Map<string, unknown>(),
    roomValues: index === 0 ? rooms : [],
  }));
  return { types, isList: length > 1 || params.some(({ kind }) => kind === ParamType.Args) };
}

/** The type that a method returns, as a compiler has left it; `undefined` for nothing, and where none is written. */
export function returnTypeOf(gatewayClass: GatewayClass, methodName: string): unknown {
  return Reflect.getMetadata('design:returntype', gatewayClass.prototype as object, methodName) as unknown;
}

/** What a schema says counts more than a type. */
function typeOf({ pipes = [], schema }: ParamMetadata, designed: unknown): unknown {
  if (isSchema(schema)) return schema;
  return pipes.find((pipe) => pipe instanceof SchemaPipe)?.schema ?? designed;
}

function roomValuesOf(prototype: object, methodName: string, place: string): (readonly string[])[] {
  return directivesOf(prototype, methodName)
    .flatMap(({ template }) => new RoomTemplate(template, place).placeholders)
    .filter(({ source }) => source === 'payload')
    .map(({ keys }) => keys);
}
