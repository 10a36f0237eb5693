import { ParamType } from './metadata.js';
import { paramDecorator, type Pipe } from './param.js';

/** A part of the namespace's name, by its name in the pattern: of `/org/:id` the `id`. */
export function NamespaceParam(name: string, ...pipes: Pipe[]): ParameterDecorator {
  return paramDecorator(ParamType.NamespaceParam, name, pipes);
}
