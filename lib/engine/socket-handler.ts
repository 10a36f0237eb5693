import type { CloseReason } from './close-reason.js';

/** The receiver of one session's messages. */
export interface EngineSocketHandler {
  onMessage(data: string | Buffer): void;
  /** Everything that was queued has left; more can be sent without being queued. */
  onWritable(): void;
  /** Called exactly once. `description` holds what is known beyond the reason, an `Error` where there is one. */
  onClose(reason: CloseReason, description?: unknown): void;
}
