import { SetMetadata } from '@nestjs/common';
import type { NamespaceName } from '../pipeline/namespace-pattern.js';
import { namespaceMetadata } from './metadata.js';

/**
 * Names the namespace whose events a gateway handles.
 *
 * @param name a name; a name with parts, such as `/org/:id`, which `@NamespaceParam()` reads; a pattern; or a
 * function `(name, auth, next)`, which lets a client have it by `next(null, true)`. Gateways that are given the same share it.
 */
export function Namespace(name: NamespaceName): ClassDecorator {
  return SetMetadata(namespaceMetadata, name);
}
