import type { ModulesContainer } from '@nestjs/core';
import { nestGatewayMetadata, nestGatewayOptionsMetadata, nestPortMetadata } from '../decorators/metadata.js';
import type { DecoratorOptions } from './port-server.js';

/** The port that stands for the application's own. */
export const applicationPort = 0;

/** A gateway of `@nestjs/websockets`, with what its decorator says of its server. */
export interface UntouchedGateway {
  readonly name: string;
  readonly port: unknown;
  readonly options: DecoratorOptions;
}

/** Finds the gateways of `@nestjs/websockets` in an application; a class once. */
export function untouchedGateways(modules: ModulesContainer): UntouchedGateway[] {
  const classes = new Set<object>();
  for (const { providers } of modules.values()) {
    for (const { metatype, isNotMetatype } of providers.values()) {
      if (isNotMetatype || typeof metatype !== 'function') continue;
      if (Reflect.hasMetadata(nestGatewayMetadata, metatype)) classes.add(metatype);
    }
  }
  return [...classes].map((gatewayClass) => ({
    name: (gatewayClass as { name: string }).name,
    port: (Reflect.getMetadata(nestPortMetadata, gatewayClass) as unknown) ?? applicationPort,
    options: serverOptionsOf((Reflect.getMetadata(nestGatewayOptionsMetadata, gatewayClass) ?? {}) as DecoratorOptions),
  }));
}

/** What a decorator says of the server, without what it says of the gateway. */
export function serverOptionsOf(decorated: DecoratorOptions): DecoratorOptions {
  const { namespace: _namespace, server: _sameAsOfPort, ...options } = decorated;
  return options;
}
