import { applyDecorators, SetMetadata } from '@nestjs/common';
import type { PayloadType } from '../asyncapi/payload-type.js';
import { ENTRY_PROVIDER_WATERMARK } from '../nest-internals.js';
import type { NamespaceName } from '../pipeline/namespace-pattern.js';
import { gatewayMetadata } from './metadata.js';

/** Options of a gateway. */
export interface GatewayOptions {
  /** The namespace its handlers listen on; `@Namespace()` says the same. @default "/" */
  namespace?: NamespaceName;
  /** What the namespace is for, in the document of `createAsyncApiDocument()`. Default: nothing. */
  description?: string;
  /**
   * The events that the gateway sends, by name, in the document of `createAsyncApiDocument()`; nothing is checked.
   *
   * What `@EmitTo()` sends is there without it; its type is that of the method, unless it stands here. Default: none.
   */
  emits?: Readonly<Record<string, PayloadType>>;
}

/**
 * Makes a class a gateway: its decorated methods handle the events of a namespace.
 *
 * The class has to be a provider of a module.
 */
export function WebSocketGateway(options: GatewayOptions = {}): ClassDecorator {
  // With the watermark Nest builds request-scoped global enhancers for the class; without it they would be skipped.
  return applyDecorators(SetMetadata(gatewayMetadata, options), SetMetadata(ENTRY_PROVIDER_WATERMARK, true));
}
