import { SetMetadata } from '@nestjs/common';
import { publicNamespaceMetadata } from './metadata.js';

/**
 * Says that anybody may enter the gateway's namespace, where the module's `defaultAccess` is `deny`.
 *
 * Contradicts `@NamespaceAuth()` and `@UseConnectionGuards()`: a namespace with both does not start.
 */
export function PublicNamespace(): ClassDecorator {
  return SetMetadata(publicNamespaceMetadata, true);
}
