import type { AckArguments, AnswerStyleName } from '../shared/index.js';

// The border to classes of the application: methods of every signature.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Method = (...args: any[]) => unknown;

/** What Nest calls itself, or the gateway does at boot: never an event. */
type HookName =
  | 'afterInit'
  | 'handleConnection'
  | 'handleDisconnect'
  | 'onModuleInit'
  | 'onModuleDestroy'
  | 'onApplicationBootstrap'
  | 'beforeApplicationShutdown'
  | 'onApplicationShutdown';

type InstanceOf<Gateway> = Gateway extends abstract new (...args: never[]) => infer Instance ? Instance : Gateway;

type IsAny<T> = 0 extends 1 & T ? true : false;

/** A parameter that is no body: the server's socket, or the function that answers. */
type IsServers<Param> =
  IsAny<Param> extends true
    ? false
    : [Param] extends [{ readonly handshake: object; readonly rooms: ReadonlySet<string> } | Method]
      ? [Param] extends [never]
        ? false
        : true
      : false;

/** The body alone, as the parameters of an event. */
type BodyIn<Params extends readonly unknown[]> = Params extends readonly [infer First, ...infer Rest]
  ? IsServers<First> extends true
    ? BodyIn<Rest>
    : [body: First]
  : Params extends readonly []
    ? []
    : Params extends readonly [(infer First)?, ...unknown[]]
      ? number extends Params['length']
        ? []
        : [body?: First]
      : [];

/** Of a promise its value, of an Observable or an async iterable its last one; nothing is `null`. */
type ValueOf<Returned> =
  IsAny<Returned> extends true
    ? // eslint-disable-next-line @typescript-eslint/no-explicit-any
      any
    : Returned extends PromiseLike<infer Value>
      ? ValueOf<Value>
      : Returned extends { forEach(next: (value: infer Value) => void): Promise<void> }
        ? ValueOf<Value>
        : Returned extends AsyncIterable<infer Value>
          ? ValueOf<Value>
          : // eslint-disable-next-line @typescript-eslint/no-invalid-void-type
            Returned extends void | undefined
            ? null
            : Returned;

type Handler<Called, Style extends AnswerStyleName> = Called extends (...args: infer Params) => infer Returned
  ? (...args: [...BodyIn<Params>, ack: (...answer: AckArguments<ValueOf<Returned>, Style>) => void]) => void
  : never;

/** The methods of a gateway that handle events, and the names of the events. */
type NamesIn<Gateway> = Gateway extends { readonly socketEvents: infer Names }
  ? { [Name in keyof Names & keyof Gateway]: Names[Name] & string }
  : { [Name in keyof Gateway & string as Gateway[Name] extends Method ? Exclude<Name, HookName> : never]: Name };

type Listed<Gateway, Names, Style extends AnswerStyleName> = {
  [Name in keyof Names as Names[Name] & string]: Handler<Gateway[Name & keyof Gateway], Style>;
};

/**
 * The events that a gateway handles, for the `EmitEvents` of a client; types alone, nothing of the server is bundled.
 *
 * Each public method is an event of its own name, unless `declare readonly socketEvents: { method: 'event' }` of the class
 * lists methods with the names of their events: then those alone. The body is the first parameter that is neither the
 * server's socket nor a function; the ack holds what the method returns, in the style named.
 *
 * @example `const socket: Socket<ServerEvents, EventsOf<ChatGateway>> = io('/chat')`
 */
export type EventsOf<Gateway, Style extends AnswerStyleName = 'envelope'> = Listed<
  InstanceOf<Gateway>,
  NamesIn<InstanceOf<Gateway>>,
  Style
>;
