import { ParamType } from './metadata.js';
import { propertyDecorator, type Pipe } from './param.js';

/** The session that an engine middleware such as `express-session` put on the request; `undefined` without one. */
export function Session(...pipes: Pipe[]): ParameterDecorator;
/** A property of it. */
export function Session(property: string, ...pipes: Pipe[]): ParameterDecorator;
export function Session(...args: (string | Pipe)[]): ParameterDecorator {
  return propertyDecorator(ParamType.Session, args);
}
