import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ENTRY_PROVIDER_WATERMARK } from '../nest-internals.js';
import type { NamespaceName } from '../pipeline/namespace-pattern.js';
import type { ConnectionGuardsPolicy } from '../handshake/connection-guards-policy.js';
import type { RequestScope } from '../pipeline/request-contexts.js';
import { gatewayMetadata } from './metadata.js';

/** Options of a gateway. */
export interface GatewayOptions {
  /** The namespace its handlers listen on; `@Namespace()` says the same. @default "/" */
  namespace?: NamespaceName;
  /**
   * How long what is request-scoped is used, the gateway itself or what it injects: one instance per event, or one per
   * connection to the namespace.
   *
   * @default the module's `scope`
   */
  scope?: RequestScope;
  /**
   * Which guards a client passes before it is connected: those of `@UseConnectionGuards()`, or behind them those of
   * `@UseGuards()` on the class too.
   *
   * @default the module's `connectionGuards`
   */
  connectionGuards?: ConnectionGuardsPolicy;
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
