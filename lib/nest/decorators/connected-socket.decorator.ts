import { ParamType } from './metadata.js';
import { paramDecorator } from './param.js';

/** The socket the event came from; no pipe ever sees it. */
export function ConnectedSocket(): ParameterDecorator {
  return paramDecorator(ParamType.Socket);
}
