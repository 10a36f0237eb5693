import { Inject, Injectable, type ContextType } from '@nestjs/common';
import type { Socket } from '../client/node/index.js';
import {
  contextCreatorsOf,
  ExecutionContextHost,
  ExternalContextCreator,
  filterFor,
  ROUTE_ARGS_METADATA,
  STATIC_CONTEXT,
  type GatewayMethod,
  type GlobalEnhancerSwitch,
} from '../nest-common/index.js';
import { gatewayParam, type ServerEventArgs } from './server-event-args.js';

/** A method of a provider, and the module that it stands in. */
export interface HandlerPlace {
  readonly instance: object;
  readonly methodName: string;
  readonly moduleKey: string;
}

/** What a socket has heard, on its way to a method. */
export type SocketListener = (socket: Socket, args: readonly unknown[], event: string) => Promise<unknown>;

const noGlobals = { guards: false, pipes: false, interceptors: false, filters: false };
const kind: ContextType = 'ws';

/** Puts Nest's guards, interceptors, pipes and filters around the methods that handle server events. */
@Injectable()
export class ServerEventEnhancer {
  readonly #creator: ExternalContextCreator;

  constructor(@Inject(ExternalContextCreator) creator: ExternalContextCreator) {
    this.#creator = creator;
  }

  /** @param counting kinds of global enhancers that are `true` count; others do not. */
  around(place: HandlerPlace, counting: GlobalEnhancerSwitch = {}): SocketListener {
    const { instance, methodName, moduleKey } = place;
    const method = (instance as Record<string, GatewayMethod>)[methodName]!;
    const creators = contextCreatorsOf(this.#creator, { ...noGlobals, ...counting });
    const { filters } = creators.filtersContextCreator.create(instance, method, moduleKey, STATIC_CONTEXT, undefined);
    // It is Nest's own but for the global enhancers.
    const target = (creators as unknown as ExternalContextCreator).create(
      instance as Record<string, unknown>,
      hasDecoratedParams(place) ? method : withoutContext(method),
      methodName,
      ROUTE_ARGS_METADATA,
      { exchangeKeyForValue: (type: number, data: unknown, args: unknown) => gatewayParam(type, data, args as never) },
      STATIC_CONTEXT,
      undefined,
      { guards: true, interceptors: true, filters: false },
      kind,
    ) as (...args: ServerEventArgs) => Promise<unknown>;
    return async (socket, args, event) => {
      const seen: ServerEventArgs = [socket, args[0], args, event];
      try {
        return await target(...seen);
      } catch (error) {
        const filter = filterFor(filters, error);
        if (filter === undefined) throw error;
        const host = new ExecutionContextHost(seen, instance.constructor as never, method);
        host.setType(kind);
        return await filter.func(error, host);
      }
    };
  }
}

function hasDecoratedParams({ instance, methodName }: HandlerPlace): boolean {
  const params: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, instance.constructor, methodName);
  return Object.keys(params ?? {}).length > 0;
}

/** A method that gets the event's arguments alone; to Nest, it is decorated as the other one. */
function withoutContext(method: GatewayMethod): GatewayMethod {
  const bare = function (this: object, ...[, , args]: ServerEventArgs): unknown {
    return method.apply(this, [...args]);
  } as GatewayMethod;
  Object.defineProperty(bare, 'name', { value: method.name });
  for (const key of Reflect.getMetadataKeys(method) as string[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), bare);
  }
  return bare;
}
