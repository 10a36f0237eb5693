/** What a client is told about an error. */
export interface ErrorAnswer {
  /** As an HTTP status: 4xx is the client's fault, 5xx the server's. */
  readonly status: number;
  readonly message: string;
  readonly code?: string;
  /** More about the error, such as a line per invalid property: the first 20, and one with how many more there are. */
  readonly details?: unknown;
}

/** An ack of `@SubscribeAck()` in the style `envelope`. */
export type AckEnvelope<Data = unknown> =
  { readonly ok: true; readonly data: Data } | { readonly ok: false; readonly error: ErrorAnswer };

/**
 * The arguments of an ack, by the style of the handler that answers.
 *
 * `envelope` tells success from failure, `raw` is the value as it is, `errorFirst` has the error in front.
 */
export interface AckArgumentsByStyle<Data> {
  envelope: [answer: AckEnvelope<Data>];
  raw: [answer: Data | ErrorAnswer];
  errorFirst: [error: null, data: Data] | [error: ErrorAnswer, data: undefined];
}

/** The name of a style. */
export type AnswerStyleName = keyof AckArgumentsByStyle<unknown>;

/**
 * The arguments of an ack in a style, for the event maps of clients.
 *
 * `emitWithAck()` resolves with the first of them.
 *
 * @example `send(text: string, ack: (...answer: AckArguments<Message>) => void): void`
 */
export type AckArguments<Data = unknown, Style extends AnswerStyleName = 'envelope'> = AckArgumentsByStyle<Data>[Style];
