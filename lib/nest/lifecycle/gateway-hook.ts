import type { Socket } from '../../server/index.js';
import { filterFor, type ContextCreators, type GatewayMethod } from '../../nest-common/index.js';
import { contextFor } from '../pipeline/enhancers.js';
import type { InstanceInContext } from '../pipeline/gateway-instance.js';
import type { LoadedGateway } from '../pipeline/loaded-gateway.js';
import { settle } from '../pipeline/stream.js';
import { isThenable } from '../pipeline/thenable.js';

/** An error that a filter has dealt with. */
export class FilteredError extends Error {
  /** What the filter returned: what the client is told. */
  readonly answer: unknown;

  constructor(answer: unknown) {
    super('Dealt with by a filter');
    this.answer = answer;
  }
}

/** What a hook is about. */
export interface HookCall {
  readonly socket: Socket;
  /** The name of the moment, as filters see it: the pattern. */
  readonly event: string;
  /** What the method gets behind the socket. */
  readonly args: readonly unknown[];
}

/** A method of a gateway that is called at a moment of a socket's life, with the filters for what it throws. */
export class GatewayHook {
  readonly #creators: ContextCreators;
  readonly #loaded: LoadedGateway;
  readonly #methodName: string;

  constructor(creators: ContextCreators, loaded: LoadedGateway, methodName: string) {
    this.#creators = creators;
    this.#loaded = loaded;
    this.#methodName = methodName;
  }

  /**
   * Calls the method.
   *
   * @returns what it returns; a promise only where it, or its instance, is one.
   * @throws FilteredError for an error that a filter is for; any other error as it is.
   */
  call(call: HookCall): unknown {
    const { instance } = this.#loaded;
    const { singleton } = instance;
    if (singleton !== undefined) {
      // What is request-scoped around it is made for an error alone.
      return this.#run(call, singleton, () =>
        instance.isStatic ? instance.inStaticContext : instance.forEvent(call.socket),
      );
    }
    const inContext = instance.forEvent(call.socket);
    return inContext instanceof Promise
      ? inContext.then((loaded) => this.#run(call, loaded.instance, () => loaded))
      : this.#run(call, inContext.instance, () => inContext);
  }

  #run(call: HookCall, target: object, context: () => InstanceInContext | Promise<InstanceInContext>): unknown {
    const method = (target as Record<string, GatewayMethod>)[this.#methodName]!;
    const fail = (error: unknown): unknown => {
      const inContext = context();
      return inContext instanceof Promise
        ? inContext.then((loaded) => this.#filter(call, loaded, method, error))
        : this.#filter(call, inContext, method, error);
    };
    try {
      const result = method.call(target, call.socket, ...call.args);
      return isThenable(result) ? Promise.resolve(result).catch(fail) : result;
    } catch (error) {
      return fail(error);
    }
  }

  #filter(call: HookCall, { instance, contextId }: InstanceInContext, method: GatewayMethod, error: unknown): unknown {
    const { moduleKey, wrapper } = this.#loaded.gateway;
    const { filters } = this.#creators.filtersContextCreator.create(instance, method, moduleKey, contextId, wrapper.id);
    const filter = filterFor(filters, error);
    if (filter === undefined) throw error;
    const { socket, event, args } = call;
    const place = { instance, method, methodName: this.#methodName, moduleKey, inquirerId: wrapper.id };
    const [data = socket.handshake.auth] = args;
    const answer = settle(
      filter.func(error, contextFor(place, [socket, data, undefined, [data, ...args.slice(1)], event])),
    );
    if (!isThenable(answer)) throw new FilteredError(answer);
    return answer.then((told) => {
      throw new FilteredError(told);
    });
  }
}
