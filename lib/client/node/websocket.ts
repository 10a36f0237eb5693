import type { DefaultEventsMap, EventsMap } from '../../shared/index.js';
import type { Build } from '../build.js';
import { createIo, type Io } from '../io.js';
import { BaseManager } from '../manager.js';
import type { ManagerOptions } from '../options.js';
import { NodeWebSocketTransport } from './node-websocket.js';

export * from '../exports.js';
export { NodeWebSocketTransport as WebSocket };

const build: Build = { transports: [NodeWebSocketTransport] };

/** One connection to a server, over WebSocket alone. */
export class Manager<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
> extends BaseManager<ListenEvents, EmitEvents> {
  constructor(uri?: string | ManagerOptions, options?: ManagerOptions) {
    super(uri, options, build);
  }
}

/** The revision of the Socket.IO protocol. */
export const protocol = 5;

/** Returns the socket of a URL, whose path names the namespace; sockets of one server share its connection. */
export const io: Io<Manager> = /* @__PURE__ */ createIo(Manager);

export { io as connect, io as default };
