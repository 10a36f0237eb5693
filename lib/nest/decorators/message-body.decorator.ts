import { ParamType } from './metadata.js';
import { paramDecorator, type Pipe } from './param.js';

/** The event's first argument, through the pipes given. */
export function MessageBody(...pipes: Pipe[]): ParameterDecorator;
/** A property of the event's first argument, through the pipes given. */
export function MessageBody(property: string, ...pipes: Pipe[]): ParameterDecorator;
export function MessageBody(first?: string | Pipe, ...rest: Pipe[]): ParameterDecorator {
  if (typeof first === 'string') return paramDecorator(ParamType.Payload, first, rest);
  return paramDecorator(ParamType.Payload, undefined, first === undefined ? rest : [first, ...rest]);
}
