import { ParamType } from './metadata.js';
import { paramDecorator } from './param.js';

/**
 * The name of the room that a room decorator of the method names for this event.
 *
 * @param index which of them, counted from 0, from the top. Default: the first.
 */
export function Room(index = 0): ParameterDecorator {
  return paramDecorator(ParamType.Room, index);
}
