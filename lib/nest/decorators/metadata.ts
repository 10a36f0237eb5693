import type { PresenceEventName } from '../../presence/index.js';
import type { AnswerStyleName } from '../pipeline/answer-style.js';
import type { PayloadType } from '../asyncapi/payload-type.js';
import type { StandardSchema } from '../pipeline/standard-schema.js';

/** Where the decorators leave what they were told, for the explorer to read once at boot. */
export const gatewayMetadata = 'rookery:gateway';
export const namespaceMetadata = 'rookery:namespace';
export const handlerMetadata = 'rookery:handler';
export const hookMetadata = 'rookery:hook';
export const serverSideMetadata = 'rookery:server_side';
export const presenceMetadata = 'rookery:presence';
export const serverPropertyMetadata = 'rookery:server_property';
export const connectionGuardsMetadata = 'rookery:connection_guards';
export const namespaceMiddlewareMetadata = 'rookery:namespace_middleware';
export const namespaceAuthMetadata = 'rookery:namespace_auth';
export const publicNamespaceMetadata = 'rookery:public_namespace';

/** Written by the decorators of `@nestjs/websockets`. */
export const nestGatewayMetadata = 'websockets:is_gateway';
export const nestGatewayOptionsMetadata = 'websockets:gateway_options';
export const nestPortMetadata = 'port';
export const nestHandlerMetadata = 'websockets:message_mapping';
export const nestMessageMetadata = 'message';

/** The numbers of parameter decorators; the first three are Nest's, whose pipes know them. */
export const ParamType = {
  Socket: 0,
  Payload: 3,
  Ack: 13,
  Args: 100,
  Arg: 101,
  CurrentUser: 102,
  Handshake: 103,
  NamespaceParam: 104,
  EventName: 105,
  SocketData: 106,
  Room: 107,
  Session: 108,
} as const;

/** Stands for every event, where the name of one stands else. */
export const anyEvent = Symbol('rookery:any_event');

/** What a handler decorator says. */
export interface HandlerMetadata {
  readonly event: string | typeof anyEvent;
  /** Whether it always answers, in the style of the module; else what it returns is the ack as it is. */
  readonly alwaysAnswers: boolean;
  /** How it answers where it always does; as the module says when `undefined`. */
  readonly ackStyle?: AnswerStyleName | undefined;
  /** How long the handler may take, in milliseconds; for ever when `undefined`. */
  readonly timeout: number | undefined;
  /** What the event's first argument has to fit. */
  readonly schema: StandardSchema | undefined;
  /** What the event is for, and what is returned: for documents. */
  readonly description?: string | undefined;
  readonly returns?: PayloadType | undefined;
}

/** What `@OnPresence()` says. */
export interface PresenceMetadata {
  readonly event: PresenceEventName;
  /** Names the rooms that the method is for; all when `undefined`. */
  readonly room: string | undefined;
}

/** The moments in the life of a socket that a method can be called at. */
export type Hook = 'connect' | 'disconnecting' | 'disconnect';
