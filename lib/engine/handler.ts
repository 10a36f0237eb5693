import type { EngineSocket } from './engine-socket.js';
import type { EngineSocketHandler } from './socket-handler.js';

/** What the room above provides: asked once per session, then the returned object is called directly. */
export interface EngineHandler {
  onOpen(socket: EngineSocket): EngineSocketHandler;
}
