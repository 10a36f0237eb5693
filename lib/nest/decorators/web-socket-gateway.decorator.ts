import { applyDecorators, SetMetadata, type Abstract, type InjectionToken, type Type } from '@nestjs/common';
import type { PayloadType } from '../asyncapi/payload-type.js';
import { ENTRY_PROVIDER_WATERMARK } from '../../nest-common/index.js';
import type { NamespaceName } from '../pipeline/namespace-pattern.js';
import type { ConnectionGuardsPolicy } from '../handshake/connection-guards-policy.js';
import type { NamespaceLimits } from '../../server/index.js';
import type { RequestScope } from '../pipeline/request-contexts.js';
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
  /**
   * How much is allowed in its namespace, or in each one that its pattern matches: `{ maxSockets, eventRate, maxPendingAcks }`.
   *
   * Gateways of one namespace that have limits have the same. Default: those of the module.
   */
  limits?: NamespaceLimits;
}

/** What a provider of a token is: of a class its instance; of any other token nobody knows. */
export type InjectedOf<Token> = Token extends Type<infer Instance> | Abstract<infer Instance>
  ? Instance
  : // The border to dependency injection: whatever the token stands for.
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    any;

/** Options of a gateway that are made once, at boot, of what its module can inject, such as a configuration. */
export interface GatewayOptionsFactory<Tokens extends readonly InjectionToken[] = readonly InjectionToken[]> {
  /** What `useFactory` is called with, in order; nothing request-scoped. @default [] */
  inject?: Tokens;
  /** A promise is waited for. */
  useFactory(
    ...injected: { -readonly [Index in keyof Tokens]: InjectedOf<Tokens[Index]> }
  ): GatewayOptions | Promise<GatewayOptions>;
}

/**
 * Makes a class a gateway: its decorated methods handle the events of a namespace.
 *
 * The class has to be a provider of a module.
 *
 * @param options as they are; or a factory of them, with what it injects.
 */
export function WebSocketGateway(options?: GatewayOptions): ClassDecorator;
export function WebSocketGateway<const Tokens extends readonly InjectionToken[]>(
  options: GatewayOptionsFactory<Tokens>,
): ClassDecorator;
export function WebSocketGateway(options: GatewayOptions | GatewayOptionsFactory = {}): ClassDecorator {
  // With the watermark Nest builds request-scoped global enhancers for the class; without it they would be skipped.
  return applyDecorators(SetMetadata(gatewayMetadata, options), SetMetadata(ENTRY_PROVIDER_WATERMARK, true));
}
