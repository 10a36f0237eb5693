import type { DisconnectReason, Handshake, RemoteSocket, Server, Socket } from '../../lib/server/index.js';

/** What clients send. */
export interface ClientToServer {
  hello(name: string, times: number): void;
  ask(question: string, answer: (text: string, isSure: boolean) => void): void;
  nothing(): void;
}

/** What the server sends. */
export interface ServerToClient {
  news(title: string, body?: Uint8Array): void;
  survey(question: string, answer: (grade: number) => void): void;
  ready(done: () => void): void;
  message(text: string): void;
}

/** What servers tell one another. */
export interface ServerToServer {
  sync(version: number): void;
  count(answer: (error: Error | null, counts: number[]) => void): void;
}

/** What hangs on a socket. */
export interface Data {
  user: string;
}

export type TypedServer = Server<ClientToServer, ServerToClient, ServerToServer, Data>;
export type TypedSocket = Socket<ClientToServer, ServerToClient, ServerToServer, Data>;
export type TypedRemoteSocket = RemoteSocket<ServerToClient, Data>;
export type { DisconnectReason, Handshake };
