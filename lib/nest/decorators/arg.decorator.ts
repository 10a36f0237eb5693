import { ParamType } from './metadata.js';
import { paramDecorator, type Pipe } from './param.js';

/** One argument of the event, counted from 0, through the pipes given. */
export function Arg(index: number, ...pipes: Pipe[]): ParameterDecorator {
  return paramDecorator(ParamType.Arg, index, pipes);
}
