import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import {
  anyEvent,
  namespaceAuthMetadata,
  nestGatewayOptionsMetadata,
  nestHandlerMetadata,
  nestMessageMetadata,
  nestPortMetadata,
} from '../decorators/metadata.js';
import type { NamespaceAuthMetadata } from '../handshake/auth-options.js';
import { holdsAck, type ExploredGateway } from '../pipeline/gateway-explorer.js';
import { groupsOf, templateOf, type NamespaceName, type NamespacePattern } from '../pipeline/namespace-pattern.js';
import { untouchedGatewayClasses } from '../websockets/untouched-gateways.js';
import { directivesOf, type EmitToOptions } from '../rooms/room-metadata.js';
import { readArguments, returnTypeOf, type EventArguments, type GatewayClass } from './payload-reader.js';
import type { PayloadType } from './payload-type.js';

/** Where a gateway listens. */
export interface DescribedNamespace {
  /** The port of its own that it is served on, or 0 for the application's. */
  readonly port: number;
  /** As `Server.of()` takes it. */
  readonly pattern: NamespacePattern;
  /** Its name with parts in braces; `undefined` for a pattern. */
  readonly address: string | undefined;
  /** The names of the parts. */
  readonly parts: readonly string[];
}

/** What `@EmitTo()` sends. */
export interface DescribedEmission {
  readonly event: string;
  readonly template: string;
  readonly toSender: boolean;
}

/** How a handler answers: as the module says, with the value as it is, by itself, or, as far as is known, not at all. */
export type DescribedAnswer = 'styled' | 'raw' | 'manual' | 'none';

/** A handler of one event. */
export interface DescribedHandler {
  readonly event: string;
  readonly description: string | undefined;
  readonly arguments: EventArguments;
  readonly answer: DescribedAnswer;
  /** Whether its errors are answers, too. */
  readonly answersErrors: boolean;
  /** What it returns, as `SchemaComponents.schemaOf()` takes it. */
  readonly returns: unknown;
  /** What its decorator says that it returns. */
  readonly declaredReturn: unknown;
  readonly emissions: readonly DescribedEmission[];
}

/** A gateway, ours or one of `@nestjs/websockets`, as far as its metadata tells. */
export interface DescribedGateway {
  readonly className: string;
  readonly isOurs: boolean;
  readonly namespace: DescribedNamespace;
  readonly description: string | undefined;
  readonly auth: NamespaceAuthMetadata | undefined;
  readonly handlers: readonly DescribedHandler[];
  readonly emits: Readonly<Record<string, PayloadType>>;
}

const scanner = new MetadataScanner();

/** A gateway with our decorators. */
export function describeOwn({ wrapper, ...gateway }: ExploredGateway): DescribedGateway {
  const gatewayClass = wrapper.metatype as GatewayClass;
  const handlers = gateway.handlers.flatMap((handler): DescribedHandler[] => {
    const { event, methodName, alwaysAnswers, isAckManual } = handler;
    // What comes there has no name.
    if (event === anyEvent || typeof event !== 'string') return [];
    const returns = handler.returns ?? returnTypeOf(gatewayClass, methodName);
    return [
      {
        event,
        description: handler.description,
        arguments: readArguments(gatewayClass, methodName, handler.schema),
        answer: isAckManual ? 'manual' : alwaysAnswers ? 'styled' : rawAnswer(returns),
        answersErrors: true,
        returns,
        declaredReturn: handler.returns,
        emissions: emissionsOf(gatewayClass.prototype as object, methodName, event),
      },
    ];
  });
  return {
    className: gatewayClass.name,
    isOurs: true,
    namespace: namespaceOf(gateway.namespaceName, gateway.namespace),
    description: gateway.options.description,
    auth: Reflect.getMetadata(namespaceAuthMetadata, gatewayClass) as NamespaceAuthMetadata | undefined,
    handlers,
    emits: gateway.options.emits ?? {},
  };
}

/** The gateways of an application with the decorators of `@nestjs/websockets`. */
export function describeNestGateways(modules: ModulesContainer): DescribedGateway[] {
  return untouchedGatewayClasses(modules).map(describeNest);
}

function describeNest(gatewayClass: GatewayClass): DescribedGateway {
  const prototype = gatewayClass.prototype as object;
  const { namespace = '/' } = (Reflect.getMetadata(nestGatewayOptionsMetadata, gatewayClass) ?? {}) as {
    readonly namespace?: NamespaceName;
  };
  const port = (Reflect.getMetadata(nestPortMetadata, gatewayClass) ?? 0) as number;
  const handlers = scanner.getAllMethodNames(prototype).flatMap((methodName): DescribedHandler[] => {
    const method = (prototype as Record<string, object>)[methodName]!;
    if (!Reflect.hasMetadata(nestHandlerMetadata, method)) return [];
    const event: unknown = Reflect.getMetadata(nestMessageMetadata, method);
    if (typeof event !== 'string' && typeof event !== 'number') return [];
    const returns = returnTypeOf(gatewayClass, methodName);
    return [
      {
        event: String(event),
        description: undefined,
        arguments: readArguments(gatewayClass, methodName),
        answer: holdsAck(gatewayClass, methodName) ? 'manual' : rawAnswer(returns),
        answersErrors: false,
        returns,
        declaredReturn: undefined,
        emissions: [],
      },
    ];
  });
  const pattern = typeof namespace === 'string' && !namespace.startsWith('/') ? `/${namespace}` : namespace;
  const address = typeof pattern === 'string' ? pattern : undefined;
  return {
    className: gatewayClass.name,
    isOurs: false,
    namespace: { port, pattern, address, parts: [] },
    description: undefined,
    auth: undefined,
    handlers,
    emits: {},
  };
}

/** Where a namespace is, by its name and by what the server takes for it. */
export function namespaceOf(name: NamespaceName, pattern: NamespacePattern): DescribedNamespace {
  const isName = typeof name === 'string';
  return {
    port: 0,
    pattern,
    address: isName ? templateOf(name) : undefined,
    parts: isName ? groupsOf(pattern) : [],
  };
}

/** A method that returns nothing, or whose return type is not written, has no answer that could be described. */
function rawAnswer(returns: unknown): DescribedAnswer {
  return returns === undefined ? 'none' : 'raw';
}

function emissionsOf(prototype: object, methodName: string, handled: string): DescribedEmission[] {
  return directivesOf(prototype, methodName).flatMap((directive) => {
    if (directive.does !== 'emit') return [];
    const { event = handled, includeSender = false }: EmitToOptions = directive.options;
    return [{ event, template: directive.template, toSender: includeSender }];
  });
}
