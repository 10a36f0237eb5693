import { SetMetadata } from '@nestjs/common';
import { hookMetadata, type Hook } from './metadata.js';

/**
 * Calls the method with each socket that connects, before any of its events is handled.
 *
 * A promise is waited for. An error is told the client as an `exception` event, and the socket is disconnected.
 */
export function OnConnect(): MethodDecorator {
  return SetMetadata(hookMetadata, 'connect' satisfies Hook);
}
