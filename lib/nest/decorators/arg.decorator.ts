import { ParamType } from './metadata.js';
import { paramDecorator, type Pipe, type SchemaOption } from './param.js';

/** One argument of the event, counted from 0, through the pipes given; `{ schema }` stands for a pipe that validates. */
export function Arg(index: number, ...pipes: (Pipe | SchemaOption)[]): ParameterDecorator {
  return paramDecorator(ParamType.Arg, index, pipes);
}
