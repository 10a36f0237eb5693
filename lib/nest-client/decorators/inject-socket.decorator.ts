import { Inject } from '@nestjs/common';
import { defaultClient, socketToken } from '../socket-client.tokens.js';

/** Injects the socket of a namespace, one of those that the module was given. It connects when the application has started. */
export function InjectSocket(namespace = '/', client = defaultClient): PropertyDecorator & ParameterDecorator {
  return Inject(socketToken(namespace, client));
}
