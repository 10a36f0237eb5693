import { Injectable, Logger } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { RookeryError } from '../../server/index.js';
import { messageOf } from '../../shared/index.js';
import {
  gatewayMetadata,
  handlerMetadata,
  hookMetadata,
  namespaceMetadata,
  nestGatewayMetadata,
  ParamType,
  presenceMetadata,
  serverPropertyMetadata,
  serverSideMetadata,
  type HandlerMetadata,
  type Hook,
  type PresenceMetadata,
} from '../decorators/metadata.js';
import type { GatewayOptions, GatewayOptionsFactory } from '../decorators/web-socket-gateway.decorator.js';
import { callFactory, ROUTE_ARGS_METADATA, type InstanceWrapper, type Module } from '../../nest-common/index.js';
import { directivesOf } from '../rooms/room-metadata.js';
import type { GatewayRef } from './gateway-instance.js';
import { keyOf, patternOf, type NamespaceName, type NamespacePattern } from './namespace-pattern.js';
import { isRequestScope, type RequestScope } from './request-contexts.js';

/** A gateway class with everything its decorators say. */
export interface ExploredGateway extends GatewayRef {
  /** As `Server.of()` takes it. */
  readonly namespace: NamespacePattern;
  /** As the decorators have it. */
  readonly namespaceName: NamespaceName;
  /** What `@WebSocketGateway()` was given. */
  readonly options: GatewayOptions;
  /** How long what is request-scoped is used; as the module says when `undefined`. */
  readonly scope: RequestScope | undefined;
  readonly handlers: readonly ExploredHandler[];
  /** Names of methods, by the moment they are called at; the lifecycle interfaces count like the decorators. */
  readonly hooks: Readonly<Record<Hook, readonly string[]>>;
  readonly serverProperties: readonly (string | symbol)[];
  /** The methods that handle events of other servers. */
  readonly serverSide: readonly { readonly event: string; readonly methodName: string }[];
  /** The methods that are told of members of rooms. */
  readonly presence: readonly PresenceHandler[];
}

/** A handler method. */
export interface ExploredHandler extends HandlerMetadata {
  readonly methodName: string;
  readonly isAckManual: boolean;
}

/** A method that is told of members of rooms. */
export interface PresenceHandler extends PresenceMetadata {
  readonly methodName: string;
}

type GatewayClass = abstract new (...args: never[]) => object;

/** Finds the gateways of an application; once, at boot. */
@Injectable()
export class GatewayExplorer {
  readonly #logger = new Logger('SocketIoModule');
  readonly #scanner = new MetadataScanner();
  readonly #modules: ModulesContainer;
  #explored: Promise<readonly ExploredGateway[]> | undefined;

  constructor(modules: ModulesContainer) {
    this.#modules = modules;
  }

  /** @throws RookeryError `INVALID_GATEWAY` for a class whose decorators contradict each other. */
  explore(): Promise<readonly ExploredGateway[]> {
    return (this.#explored ??= this.#explore());
  }

  async #explore(): Promise<ExploredGateway[]> {
    const found = new Map<GatewayClass, ExploredGateway>();
    for (const [moduleKey, module] of this.#modules.entries()) {
      for (const wrapper of module.providers.values()) {
        const gatewayClass = classOf(wrapper);
        if (gatewayClass === undefined) continue;
        const first = found.get(gatewayClass);
        if (first === undefined) {
          found.set(gatewayClass, await this.#read(gatewayClass, { wrapper, module, moduleKey }));
        } else if (first.wrapper.instance !== wrapper.instance) {
          this.#logger.warn(
            `${gatewayClass.name} is provided in ${first.module.name} and in ${module.name}; it is bound once, as of ${first.module.name}`,
          );
        }
      }
    }
    return [...found.values()];
  }

  async #read(gatewayClass: GatewayClass, ref: GatewayRef): Promise<ExploredGateway> {
    if (Reflect.hasMetadata(nestGatewayMetadata, gatewayClass)) {
      throw new RookeryError(
        'INVALID_GATEWAY',
        `${gatewayClass.name} carries the WebSocketGateway decorators of both rookery and @nestjs/websockets; keep one`,
      );
    }
    const prototype = gatewayClass.prototype as object;
    const methodNames = this.#scanner.getAllMethodNames(prototype);
    const handlers: ExploredHandler[] = [];
    const serverSide: { event: string; methodName: string }[] = [];
    const presence: PresenceHandler[] = [];
    const hooks: Record<Hook, string[]> = {
      connect: methodNames.filter((name) => name === 'handleConnection'),
      disconnecting: [],
      disconnect: methodNames.filter((name) => name === 'handleDisconnect'),
    };
    for (const methodName of methodNames) {
      const method = (prototype as Record<string, object>)[methodName]!;
      const handler = Reflect.getMetadata(handlerMetadata, method) as HandlerMetadata | undefined;
      if (handler !== undefined) {
        handlers.push({ ...handler, methodName, isAckManual: holdsAck(gatewayClass, methodName) });
      } else if (directivesOf(prototype, methodName).length > 0) {
        throw new RookeryError(
          'INVALID_GATEWAY',
          `${gatewayClass.name}.${methodName}() has room decorators and handles no event; add @SubscribeMessage() or @SubscribeAck()`,
        );
      }
      const hook = Reflect.getMetadata(hookMetadata, method) as Hook | undefined;
      if (hook !== undefined && !hooks[hook].includes(methodName)) hooks[hook].push(methodName);
      const event = Reflect.getMetadata(serverSideMetadata, method) as string | undefined;
      if (event !== undefined) serverSide.push({ event, methodName });
      const present = Reflect.getMetadata(presenceMetadata, method) as PresenceMetadata | undefined;
      if (present !== undefined) presence.push({ ...present, methodName });
    }
    const options = await optionsOf(gatewayClass, ref.module);
    return {
      ...ref,
      ...namespaceOf(gatewayClass, options),
      scope: scopeOf(gatewayClass, options),
      handlers,
      hooks,
      serverSide,
      presence,
      serverProperties: (Reflect.getMetadata(serverPropertyMetadata, prototype) ?? []) as (string | symbol)[],
    };
  }
}

function classOf(wrapper: InstanceWrapper): GatewayClass | undefined {
  const { metatype, isNotMetatype } = wrapper;
  if (isNotMetatype || typeof metatype !== 'function') return undefined;
  return Reflect.hasMetadata(gatewayMetadata, metatype) ? (metatype as GatewayClass) : undefined;
}

/** The options of a gateway; a factory of them is called here, and nowhere else. */
async function optionsOf(gatewayClass: GatewayClass, module: Module): Promise<GatewayOptions> {
  const options = Reflect.getMetadata(gatewayMetadata, gatewayClass) as GatewayOptions | GatewayOptionsFactory;
  if (!('useFactory' in options)) return options;
  const { inject = [], useFactory } = options;
  const place = `The options of ${gatewayClass.name}`;
  let made: unknown;
  try {
    made = await callFactory(module, place, { inject: [...inject], useFactory });
  } catch (cause) {
    throw new RookeryError('INVALID_GATEWAY', `${place} cannot be made by useFactory: ${messageOf(cause)}`, { cause });
  }
  if (isOptions(made)) return made;
  throw new RookeryError(
    'INVALID_GATEWAY',
    `${place} are { namespace } with a name or a pattern, and its useFactory has returned something else`,
  );
}

function isOptions(made: unknown): made is GatewayOptions {
  if (typeof made !== 'object' || made === null) return false;
  const { namespace } = made as { namespace?: unknown };
  return (
    namespace === undefined ||
    typeof namespace === 'string' ||
    namespace instanceof RegExp ||
    typeof namespace === 'function'
  );
}

function namespaceOf(
  gatewayClass: GatewayClass,
  options: GatewayOptions,
): Pick<ExploredGateway, 'namespace' | 'namespaceName' | 'options'> {
  const { namespace } = options;
  const decorated = Reflect.getMetadata(namespaceMetadata, gatewayClass) as NamespaceName | undefined;
  const namespaceName = decorated ?? namespace ?? '/';
  const pattern = patternOf(namespaceName);
  if (namespace !== undefined && keyOf(patternOf(namespace)) !== keyOf(pattern)) {
    throw new RookeryError(
      'INVALID_GATEWAY',
      `${gatewayClass.name} is on "${String(namespace)}" by @WebSocketGateway() and on "${String(decorated)}" by @Namespace(); keep one`,
    );
  }
  return { namespace: pattern, namespaceName, options };
}

function scopeOf(gatewayClass: GatewayClass, { scope }: GatewayOptions): RequestScope | undefined {
  if (scope === undefined || isRequestScope(scope)) return scope;
  throw new RookeryError(
    'INVALID_GATEWAY',
    `${gatewayClass.name} has the scope "${String(scope)}"; there are "event" and "connection"`,
  );
}

/** Whether a method has the ack in its hands. */
export function holdsAck(gatewayClass: object, methodName: string): boolean {
  const params = (Reflect.getMetadata(ROUTE_ARGS_METADATA, gatewayClass, methodName) ?? {}) as object;
  return Object.keys(params).some((key) => key.startsWith(`${ParamType.Ack}:`));
}
