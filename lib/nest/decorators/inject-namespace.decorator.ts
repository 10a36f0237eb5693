import { Inject } from '@nestjs/common';
import { namespaceToken } from '../socketio.tokens.js';

/**
 * Injects a namespace, into any constructor: it can be used from the first line on.
 *
 * A module that is loaded lazily imports `SocketIoModule.forFeature([name])` for it.
 */
export function InjectNamespace(name = '/'): PropertyDecorator & ParameterDecorator {
  return Inject(namespaceToken(name));
}
