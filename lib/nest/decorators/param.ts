import { assignMetadata, type PipeTransform, type Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '../nest-internals.js';

/** A pipe, as parameter decorators take it. */
export type Pipe = Type<PipeTransform> | PipeTransform;

/** Creates a parameter decorator in the place where Nest and its pipes look for one. */
export function paramDecorator(type: number, data?: string | number, pipes: readonly Pipe[] = []): ParameterDecorator {
  return (target, key, index) => {
    const before: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, target.constructor, key!) ?? {};
    const after = assignMetadata(before as never, type as never, index, data as never, ...pipes);
    Reflect.defineMetadata(ROUTE_ARGS_METADATA, after, target.constructor, key!);
  };
}
