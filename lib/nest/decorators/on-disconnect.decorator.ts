import { SetMetadata } from '@nestjs/common';
import { hookMetadata, type Hook } from './metadata.js';

/**
 * Calls the method with each socket that disconnects, the reason, and more about it where there is more.
 *
 * Shutdown waits for its promise, within bounds.
 */
export function OnDisconnect(): MethodDecorator {
  return SetMetadata(hookMetadata, 'disconnect' satisfies Hook);
}
