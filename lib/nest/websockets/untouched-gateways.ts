import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { nestGatewayMetadata, nestGatewayOptionsMetadata, nestPortMetadata } from '../decorators/metadata.js';
import { literalName, type NamespacePattern } from '../pipeline/namespace-pattern.js';
import type { DecoratorOptions } from './port-server.js';

/** The port that stands for the application's own. */
export const applicationPort = 0;

/** A gateway of `@nestjs/websockets`, with what its decorator says of its server. */
export interface UntouchedGateway {
  readonly name: string;
  readonly port: unknown;
  /** As `Server.of()` takes it. */
  readonly namespace: NamespacePattern;
  readonly options: DecoratorOptions;
}

/** Finds the gateways of `@nestjs/websockets` in an application, with what their decorators say of their servers. */
export function untouchedGateways(modules: ModulesContainer): UntouchedGateway[] {
  return untouchedGatewayClasses(modules).map((gatewayClass) => {
    const decorated = (Reflect.getMetadata(nestGatewayOptionsMetadata, gatewayClass) ?? {}) as DecoratorOptions;
    return {
      name: gatewayClass.name,
      port: (Reflect.getMetadata(nestPortMetadata, gatewayClass) as unknown) ?? applicationPort,
      namespace: literalName((decorated['namespace'] ?? '/') as string | RegExp),
      options: serverOptionsOf(decorated),
    };
  });
}

/** The classes with the decorators of `@nestjs/websockets` that an application provides; each once. */
export function untouchedGatewayClasses(modules: ModulesContainer): Type<object>[] {
  const classes = new Set<Type<object>>();
  for (const { providers } of modules.values()) {
    for (const { metatype, isNotMetatype } of providers.values()) {
      if (isNotMetatype || typeof metatype !== 'function') continue;
      if (Reflect.hasMetadata(nestGatewayMetadata, metatype)) classes.add(metatype as Type<object>);
    }
  }
  return [...classes];
}

/** What a decorator says of the server, without what it says of the gateway. */
export function serverOptionsOf(decorated: DecoratorOptions): DecoratorOptions {
  const { namespace: _namespace, server: _sameAsOfPort, ...options } = decorated;
  return options;
}
