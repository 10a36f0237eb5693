import type { CanActivate, Type } from '@nestjs/common';
import { RookeryError } from '../../server/index.js';
import {
  connectionGuardsMetadata,
  gatewayMetadata,
  namespaceAuthMetadata,
  namespaceMiddlewareMetadata,
  publicNamespaceMetadata,
} from '../decorators/metadata.js';
import { GUARDS_METADATA } from '../../nest-common/index.js';
import type { NamespaceAuthMetadata } from './auth-options.js';
import { isConnectionGuardsPolicy, type ConnectionGuardsPolicy } from './connection-guards-policy.js';
import type { NamespaceMiddleware, NamespaceMiddlewareFunction } from './namespace-middleware.js';
import { isTokenSource } from './token-source.js';

/** What the decorators of a gateway say of who may enter its namespace. */
export interface Declaration {
  readonly middlewares: readonly (Type<NamespaceMiddleware> | NamespaceMiddleware)[];
  readonly auth: NamespaceAuthMetadata | undefined;
  readonly guards: readonly (Type<CanActivate> | CanActivate)[];
  readonly isPublic: boolean;
}

type GatewayClass = Type<object>;

const decorators = {
  [connectionGuardsMetadata]: '@UseConnectionGuards()',
  [namespaceMiddlewareMetadata]: '@UseNamespaceMiddleware()',
  [namespaceAuthMetadata]: '@NamespaceAuth()',
  [publicNamespaceMetadata]: '@PublicNamespace()',
} as const;

const expiryActions: readonly unknown[] = ['disconnect', 'revalidate', 'ignore', undefined];

/**
 * Reads what the decorators of a gateway say.
 *
 * @param policy of the gateway's options, or of the module where they have none.
 * @throws RookeryError `INVALID_GATEWAY` for what no decorator can mean.
 */
export function declarationOf(gatewayClass: GatewayClass, connectionGuards: ConnectionGuardsPolicy): Declaration {
  const read = (key: string): unknown => Reflect.getMetadata(key, gatewayClass);
  const middlewares = (read(namespaceMiddlewareMetadata) ?? []) as readonly unknown[];
  const guards = (read(connectionGuardsMetadata) ?? []) as readonly unknown[];
  const isPublic = read(publicNamespaceMetadata) === true;
  if (!isConnectionGuardsPolicy(connectionGuards)) {
    fail(gatewayClass, `has connectionGuards "${String(connectionGuards)}"; there are "declared" and "class"`);
  }
  // Of a namespace that is open to all, they are for events.
  const ofClass = connectionGuards === 'class' && !isPublic ? (read(GUARDS_METADATA) ?? []) : [];
  const auth = read(namespaceAuthMetadata) as NamespaceAuthMetadata | undefined;
  if (auth !== undefined) checkAuth(gatewayClass, auth);
  return {
    middlewares: middlewares.map((each) => middlewareOf(gatewayClass, each)),
    auth,
    guards: [
      ...guards.map((each) => guardOf(gatewayClass, each)),
      ...(ofClass as readonly (Type<CanActivate> | CanActivate)[]),
    ],
    isPublic,
  };
}

/**
 * Keeps decorators from being ignored.
 *
 * @throws RookeryError `INVALID_GATEWAY` for a class that has them and is no gateway of ours.
 */
export function assertGateway(providerClass: GatewayClass): void {
  const [, decorator] = Object.entries(decorators).find(([key]) => Reflect.hasMetadata(key, providerClass)) ?? [];
  if (decorator === undefined || Reflect.hasMetadata(gatewayMetadata, providerClass)) return;
  fail(providerClass, `has ${decorator}, which counts only on a class with the @WebSocketGateway() of rookery`);
}

function guardOf(gatewayClass: GatewayClass, guard: unknown): Type<CanActivate> | CanActivate {
  const methods = typeof guard === 'function' ? (guard.prototype as unknown) : guard;
  if (hasMethod(methods, 'canActivate')) return guard as Type<CanActivate>;
  return fail(gatewayClass, 'has @UseConnectionGuards() with something that has no canActivate()');
}

function middlewareOf(
  gatewayClass: GatewayClass,
  middleware: unknown,
): Type<NamespaceMiddleware> | NamespaceMiddleware {
  const isFunction = typeof middleware === 'function';
  if (hasMethod(isFunction ? middleware.prototype : middleware, 'use')) return middleware as NamespaceMiddleware;
  // A class without use() cannot be called either.
  if (isFunction && !Function.prototype.toString.call(middleware).startsWith('class')) {
    return { use: middleware as NamespaceMiddlewareFunction };
  }
  return fail(gatewayClass, 'has @UseNamespaceMiddleware() with something that is no function and has no use()');
}

function checkAuth(gatewayClass: GatewayClass, { strategies, options }: NamespaceAuthMetadata): void {
  const { tokenFrom = [], onExpiry } = options;
  if (strategies.length === 0 || !strategies.every((name) => typeof name === 'string' && name !== '')) {
    fail(gatewayClass, 'has @NamespaceAuth() without the name of a strategy');
  }
  const wrong = tokenFrom.find((source) => !isTokenSource(source));
  if (wrong !== undefined) {
    fail(
      gatewayClass,
      `has @NamespaceAuth() with tokenFrom "${String(wrong)}"; there are "auth", "header", "cookie:<name>", "query:<name>" and functions`,
    );
  }
  if (!expiryActions.includes(onExpiry)) {
    fail(
      gatewayClass,
      `has @NamespaceAuth() with onExpiry "${String(onExpiry)}"; there are "disconnect", "revalidate" and "ignore"`,
    );
  }
}

function hasMethod(holder: unknown, name: string): boolean {
  return typeof (holder as Record<string, unknown> | undefined | null)?.[name] === 'function';
}

function fail(gatewayClass: GatewayClass, what: string): never {
  throw new RookeryError('INVALID_GATEWAY', `${gatewayClass.name} ${what}`);
}
