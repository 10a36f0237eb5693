import { ParamType } from './metadata.js';
import { paramDecorator } from './param.js';

/**
 * The function that answers the event; `undefined` when the client did not ask for an answer.
 *
 * With it in its hands the method answers for itself: what it returns is not acked. Errors still are.
 */
export function Ack(): ParameterDecorator {
  return paramDecorator(ParamType.Ack);
}
