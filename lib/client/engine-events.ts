import type { EnginePacket, OpenPacket } from '../protocol/index.js';
import type { CloseDetails, Transport } from './transport/transport.js';

/** Why an engine has closed. */
export type EngineCloseReason = 'ping timeout' | 'transport close' | 'transport error' | 'forced close' | 'parse error';

/** What is known of the end of a connection. */
export type CloseDescription = CloseDetails | Error | undefined;

/** The events of an engine. */
export interface EngineEvents {
  open(): void;
  handshake(handshake: OpenPacket): void;
  packet(packet: EnginePacket): void;
  packetCreate(packet: EnginePacket): void;
  data(data: string | Uint8Array): void;
  message(data: string | Uint8Array): void;
  drain(): void;
  flush(): void;
  heartbeat(): void;
  ping(): void;
  pong(): void;
  error(error: Error): void;
  upgrading(transport: Transport): void;
  upgrade(transport: Transport): void;
  upgradeError(error: Error): void;
  close(reason: EngineCloseReason, details?: CloseDescription): void;
}

/** What the manager of an engine provides. */
export interface EngineHandler {
  onEngineOpen(): void;
  onMessage(data: string | Uint8Array): void;
  onPing(): void;
  onEngineError(error: Error): void;
  onEngineClose(reason: EngineCloseReason, details: CloseDescription): void;
}
