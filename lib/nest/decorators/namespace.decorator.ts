import { SetMetadata } from '@nestjs/common';
import { namespaceMetadata } from './metadata.js';

/** Names the namespace whose events a gateway handles. */
export function Namespace(name: string): ClassDecorator {
  return SetMetadata(namespaceMetadata, name);
}
