import { SetMetadata } from '@nestjs/common';
import type { NamespaceName } from '../pipeline/namespace-pattern.js';
import { namespaceMetadata } from './metadata.js';

/**
 * Names the namespace whose events a gateway handles.
 *
 * @param name a name; a name with parts, such as `/org/:id`, which `@NamespaceParam()` reads; or a pattern.
 */
export function Namespace(name: NamespaceName): ClassDecorator {
  return SetMetadata(namespaceMetadata, name);
}
