import { SetMetadata } from '@nestjs/common';
import { hookMetadata, type Hook } from './metadata.js';

/** Calls the method with each socket that disconnects, and the reason. Shutdown waits for its promise, within bounds. */
export function OnDisconnect(): MethodDecorator {
  return SetMetadata(hookMetadata, 'disconnect' satisfies Hook);
}
