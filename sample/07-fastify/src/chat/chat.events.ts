/** One message of a room. */
export interface ChatMessage {
  readonly from: string;
  readonly text: string;
}

/** What the server sends. */
export interface ServerEvents {
  message(message: ChatMessage): void;
}
