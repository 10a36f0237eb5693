/** What a method of `@SubscribeMessage()` returns to emit an event in the place of an ack; that of Nest, in shape. */
export interface WsResponse<Data = unknown> {
  readonly event: string;
  readonly data: Data;
}
