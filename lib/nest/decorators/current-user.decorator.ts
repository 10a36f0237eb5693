import { ParamType } from './metadata.js';
import { propertyDecorator, type Pipe } from './param.js';

/** The user that `@NamespaceAuth()` found; `undefined` where there is none. */
export function CurrentUser(...pipes: Pipe[]): ParameterDecorator;
/** A property of the user. */
export function CurrentUser(property: string, ...pipes: Pipe[]): ParameterDecorator;
export function CurrentUser(...args: (string | Pipe)[]): ParameterDecorator {
  return propertyDecorator(ParamType.CurrentUser, args);
}
