export { createAsyncApiDocument } from './asyncapi/create-asyncapi-document.js';
export type {
  AsyncApiChannel,
  AsyncApiDocument,
  AsyncApiInfo,
  AsyncApiMessage,
  AsyncApiOperation,
  AsyncApiReference,
  AsyncApiSecurityScheme,
  AsyncApiServer,
} from './asyncapi/document.js';
export type { AsyncApiOptions } from './asyncapi/options.js';
export type { JsonSchema, OnePayload, PayloadClass, PayloadType } from './asyncapi/payload-type.js';
export { serveAsyncApi } from './asyncapi/serve-asyncapi.js';
export { Broadcaster } from './broadcaster/broadcaster.service.js';
export { currentEvent, type EventContext, type RunInContext } from './context/event-context.js';
export { loggedEvent, type LoggedEvent } from './context/logged-event.js';
export { SocketLogger } from './context/socket-logger.js';
export { Ack } from './decorators/ack.decorator.js';
export { Arg } from './decorators/arg.decorator.js';
export { Args } from './decorators/args.decorator.js';
export { ConnectedSocket } from './decorators/connected-socket.decorator.js';
export { CurrentUser } from './decorators/current-user.decorator.js';
export { EmitTo } from './decorators/emit-to.decorator.js';
export { EventName } from './decorators/event-name.decorator.js';
export type { AckHandlerOptions, HandlerOptions } from './decorators/handler-options.js';
export { Handshake } from './decorators/handshake.decorator.js';
export { InjectNamespace } from './decorators/inject-namespace.decorator.js';
export { InjectServer } from './decorators/inject-server.decorator.js';
export { JoinRoom } from './decorators/join-room.decorator.js';
export { LeaveRoom } from './decorators/leave-room.decorator.js';
export { MessageBody } from './decorators/message-body.decorator.js';
export { NamespaceAuth } from './decorators/namespace-auth.decorator.js';
export type { Pipe, SchemaOption } from './decorators/param.js';
export { Namespace } from './decorators/namespace.decorator.js';
export { NamespaceParam } from './decorators/namespace-param.decorator.js';
export { OnConnect } from './decorators/on-connect.decorator.js';
export { OnDisconnect } from './decorators/on-disconnect.decorator.js';
export { OnDisconnecting } from './decorators/on-disconnecting.decorator.js';
export { OnPresence } from './decorators/on-presence.decorator.js';
export { OnServerSide } from './decorators/on-server-side.decorator.js';
export { RoomGuard } from './decorators/room-guard.decorator.js';
export { Room } from './decorators/room.decorator.js';
export { PublicNamespace } from './decorators/public-namespace.decorator.js';
export { Session } from './decorators/session.decorator.js';
export { SocketData } from './decorators/socket-data.decorator.js';
export { SubscribeAck } from './decorators/subscribe-ack.decorator.js';
export { SubscribeAny } from './decorators/subscribe-any.decorator.js';
export { SubscribeMessage } from './decorators/subscribe-message.decorator.js';
export { UseConnectionGuards } from './decorators/use-connection-guards.decorator.js';
export { UseNamespaceMiddleware } from './decorators/use-namespace-middleware.decorator.js';
export {
  WebSocketGateway,
  type GatewayOptions,
  type GatewayOptionsFactory,
  type InjectedOf,
} from './decorators/web-socket-gateway.decorator.js';
export { WebSocketServer } from './decorators/web-socket-server.decorator.js';
export { BaseWsExceptionFilter } from './exceptions/base-ws-exception.filter.js';
export { WsException, type ErrorAnswer } from './exceptions/ws.exception.js';
export type { OnGatewayConnection, OnGatewayDisconnect, OnGatewayInit } from './lifecycle/lifecycle.interfaces.js';
export type { ExpiryAction, NamespaceAuthOptions, TokenSource } from './handshake/auth-options.js';
export type { ConnectionGuardsPolicy } from './handshake/connection-guards-policy.js';
export type {
  NamespaceMiddleware,
  NamespaceMiddlewareFunction,
  NextFunction,
} from './handshake/namespace-middleware.js';
export type { RequestFields } from './handshake/request-fields.js';
export type { AuthenticatedSocket } from './handshake/user.js';
export { isUserRoom, userRoom, type UserId } from './handshake/user-room.js';
export {
  namespaceParams,
  type NamespaceName,
  type NamespaceParams,
  type NamespacePattern,
} from './pipeline/namespace-pattern.js';
export type { AckArguments, AckEnvelope, AnswerStyleName } from './pipeline/answer-style.js';
export type { ErrorTarget } from './pipeline/answering-handler.js';
export type { GatewayRequest, RequestScope } from './pipeline/request-contexts.js';
export type { StandardIssue, StandardResult, StandardSchema } from './pipeline/standard-schema.js';
export type { WsResponse } from './pipeline/ws-response.js';
export type { SocketIoPresenceOptions } from './presence/presence.options.js';
export { Presence } from './presence/presence.service.js';
export type { EmitToOptions, JoinRoomOptions, WrittenPolicy } from './rooms/room-metadata.js';
export type { RoomParams, RoomPolicy, RoomPolicySource } from './rooms/room-policy.js';
export type { EarlyClientsPolicy } from './http/early-clients.js';
export { SocketIoHealthIndicator, type SocketIoHealth } from './health/socket-io.health-indicator.js';
export { SocketIoModule } from './socketio.module.js';
export type { ProvidedOptions } from '../nest-common/index.js';
export type { AsyncOptions, OptionsFactory } from './async-options.js';
export type { InjectedAdapter, WithInjectedAdapter } from './adapter/injected-adapter.js';
export { EmitterModule, type EmitterModuleAsyncOptions, type EmitterModuleOptions } from './emitter/emitter.module.js';
export type { ConnectMiddleware, EngineMiddleware } from './http/engine-middleware.js';
export type {
  GlobalEnhancers,
  SocketIoModuleAsyncOptions,
  SocketIoModuleOptions,
  SocketIoOptionsFactory,
} from './socketio.options.js';
export { SOCKET_ADAPTER, SOCKET_IO_SERVER } from './socketio.tokens.js';
export { SocketIoAdapter } from './websockets/socketio.adapter.js';
