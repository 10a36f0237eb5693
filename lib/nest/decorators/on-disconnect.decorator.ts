import { SetMetadata } from '@nestjs/common';
import { hookMetadata, type Hook } from './metadata.js';

/**
 * Calls the method with each socket that disconnects, the reason, and more about it where there is more.
 *
 * Shutdown waits for its promise, within bounds.
 *
 * An error goes through the filters of the method, the class and the application; without one for it, it is logged.
 */
export function OnDisconnect(): MethodDecorator {
  return SetMetadata(hookMetadata, 'disconnect' satisfies Hook);
}
