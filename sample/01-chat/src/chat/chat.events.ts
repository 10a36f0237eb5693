/** One message of a room. */
export interface ChatMessage {
  readonly id: number;
  readonly room: string;
  readonly from: string;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
}

/** What a client may send. */
export interface ClientEvents {
  join(request: { room: string; nickname: string }): void;
  send(text: string): void;
  typing(isTyping: boolean): void;
}

/** What the server sends. */
export interface ServerEvents {
  message(message: ChatMessage): void;
  members(nicknames: string[]): void;
  typing(notice: { nickname: string; isTyping: boolean }): void;
  announcement(text: string): void;
}

/** Who is behind a socket, once it has joined. */
export interface Member {
  room: string;
  nickname: string;
}
