import { ParamType } from './metadata.js';
import { propertyDecorator, type Pipe } from './param.js';

/** The circumstances under which the socket connected: headers, query, auth. */
export function Handshake(...pipes: Pipe[]): ParameterDecorator;
/** One of them. */
export function Handshake(property: string, ...pipes: Pipe[]): ParameterDecorator;
export function Handshake(...args: (string | Pipe)[]): ParameterDecorator {
  return propertyDecorator(ParamType.Handshake, args);
}
