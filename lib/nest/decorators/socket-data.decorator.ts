import { ParamType } from './metadata.js';
import { propertyDecorator, type Pipe } from './param.js';

/** What the application keeps in `socket.data`. */
export function SocketData(...pipes: Pipe[]): ParameterDecorator;
/** A property of it. */
export function SocketData(property: string, ...pipes: Pipe[]): ParameterDecorator;
export function SocketData(...args: (string | Pipe)[]): ParameterDecorator {
  return propertyDecorator(ParamType.SocketData, args);
}
