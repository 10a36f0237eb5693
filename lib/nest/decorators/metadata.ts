/** Where the decorators leave what they were told, for the explorer to read once at boot. */
export const gatewayMetadata = 'rookery:gateway';
export const namespaceMetadata = 'rookery:namespace';
export const handlerMetadata = 'rookery:handler';
export const hookMetadata = 'rookery:hook';
export const serverPropertyMetadata = 'rookery:server_property';

/** Written by the decorators of `@nestjs/websockets`. */
export const nestGatewayMetadata = 'websockets:is_gateway';

/** The numbers of parameter decorators; the first three are Nest's, whose pipes know them. */
export const ParamType = { Socket: 0, Payload: 3, Ack: 13, Args: 100, Arg: 101 } as const;

/** How a handler answers. */
export type AnswerStyle = 'raw' | 'envelope';

/** What a handler decorator says. */
export interface HandlerMetadata {
  readonly event: string;
  readonly style: AnswerStyle;
  /** How long the handler may take, in milliseconds; for ever when `undefined`. */
  readonly timeout: number | undefined;
}

/** The moments in the life of a socket that a method can be called at. */
export type Hook = 'connect' | 'disconnect';
