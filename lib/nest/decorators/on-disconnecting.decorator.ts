import { SetMetadata } from '@nestjs/common';
import { hookMetadata, type Hook } from './metadata.js';

/** Calls the method with each socket that is about to leave, and the reason; its rooms are still there. */
export function OnDisconnecting(): MethodDecorator {
  return SetMetadata(hookMetadata, 'disconnecting' satisfies Hook);
}
