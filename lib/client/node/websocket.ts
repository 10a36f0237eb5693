import type { DefaultEventsMap, EventsMap } from '../../shared/index.js';
import type { Build } from '../build.js';
import { timersOf } from '../timers.js';
import { createIo, type BaseIo } from '../io.js';
import { BaseEngine as Engine } from '../base-engine.js';
import { BaseManager } from '../base-manager.js';
import { BaseSocket as Socket } from '../base-socket.js';
import { protocolCodec } from '../parser.js';
import type { ManagerOptions } from '../options.js';
import { NodeWebSocketTransport } from './node-websocket.js';

export * from '../exports.js';
export { Engine, Socket };
export { NodeWebSocketTransport as WebSocket };

const build: Build = { transports: [NodeWebSocketTransport], Engine, Socket, codec: protocolCodec, timersOf };

/**
 * One connection to a server, over WebSocket alone, with what most pages use.
 *
 * Left out, beside other transports: `retries`, listeners of every event, `parser` and the manager's settings as methods.
 * `rookery/client` has them.
 */
export class Manager<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
> extends BaseManager<ListenEvents, EmitEvents> {
  constructor(uri?: string | ManagerOptions, options?: ManagerOptions) {
    super(uri, options, build);
  }
}

/** Returns the socket of a URL, whose path names the namespace; sockets of one server share its connection. */
export const io: BaseIo<Manager> = /* @__PURE__ */ createIo(Manager);

export { io as connect, io as default };
