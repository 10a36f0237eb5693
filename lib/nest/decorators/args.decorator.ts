import { ParamType } from './metadata.js';
import { paramDecorator } from './param.js';

/** All arguments of the event, without the ack, as an array. */
export function Args(): ParameterDecorator {
  return paramDecorator(ParamType.Args);
}
