import { assignMetadata, type PipeTransform, type Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '../../nest-common/index.js';
import { isSchema, SchemaPipe, type StandardSchema } from '../pipeline/standard-schema.js';

/** A pipe, as parameter decorators take it. */
export type Pipe = Type<PipeTransform> | PipeTransform;

/** What a value has to fit, in the place of a pipe. */
export interface SchemaOption {
  readonly schema: StandardSchema;
}

/** Creates a parameter decorator in the place where Nest and its pipes look for one. */
export function paramDecorator(
  type: number,
  data?: string | number,
  pipes: readonly (Pipe | SchemaOption)[] = [],
): ParameterDecorator {
  const asPipes = pipes.map((pipe) => (isSchemaOption(pipe) ? new SchemaPipe(pipe.schema) : pipe));
  return (target, key, index) => {
    const before: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, target.constructor, key!) ?? {};
    const after = assignMetadata(before as never, type as never, index, data as never, ...asPipes);
    Reflect.defineMetadata(ROUTE_ARGS_METADATA, after, target.constructor, key!);
  };
}

/** A parameter decorator that takes the name of a property, pipes, or both. */
export function propertyDecorator(type: number, args: readonly (string | Pipe | SchemaOption)[]): ParameterDecorator {
  const [first, ...rest] = args;
  return typeof first === 'string'
    ? paramDecorator(type, first, rest as Pipe[])
    : paramDecorator(type, undefined, args as Pipe[]);
}

function isSchemaOption(pipe: Pipe | SchemaOption): pipe is SchemaOption {
  return typeof pipe === 'object' && isSchema((pipe as Partial<SchemaOption>).schema);
}
