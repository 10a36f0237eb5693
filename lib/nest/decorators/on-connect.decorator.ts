import { SetMetadata } from '@nestjs/common';
import { hookMetadata, type Hook } from './metadata.js';

/**
 * Calls the method with each socket that connects, before any of its events is handled.
 *
 * A promise is waited for. An error goes through the filters of the method, the class and the application; it is told the
 * client as an `exception` event, and the socket is disconnected. Guards, pipes and interceptors are for events.
 */
export function OnConnect(): MethodDecorator {
  return SetMetadata(hookMetadata, 'connect' satisfies Hook);
}
