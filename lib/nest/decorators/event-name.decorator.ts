import { ParamType } from './metadata.js';
import { paramDecorator } from './param.js';

/** The name of the event. */
export function EventName(): ParameterDecorator {
  return paramDecorator(ParamType.EventName);
}
