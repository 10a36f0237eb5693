import type { DefaultEventsMap, EventsMap } from '../shared/index.js';
import type { Build } from './build.js';
import { createIo, type Io } from './io.js';
import { AdjustableManager } from './adjustable-manager.js';
import { Engine } from './engine.js';
import { optionalCodec } from './parser.js';
import { Socket } from './socket.js';
import type { ManagerOptions } from './options.js';
import { PollingTransport } from './transport/polling.js';
import { WebSocketTransport } from './transport/websocket.js';
import { WebTransportTransport } from './transport/webtransport.js';
import { timersOf } from './timers.js';
import { TransportError } from './transport/transport-error.js';
import { Transport } from './transport/transport.js';
import { startUpgrades } from './upgrade.js';

export * from './exports.js';
export { Engine, Socket, Transport, TransportError };
export { PollingTransport as Fetch, WebSocketTransport as WebSocket, WebTransportTransport as WebTransport };

const build: Build = {
  transports: [PollingTransport, WebSocketTransport, WebTransportTransport],
  Engine,
  Socket,
  codec: optionalCodec,
  timersOf,
  upgrade: startUpgrades,
};

/** One connection to a server, over every transport that a browser has. */
export class Manager<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
> extends AdjustableManager<ListenEvents, EmitEvents> {
  constructor(uri?: string | ManagerOptions, options?: ManagerOptions) {
    super(uri, options, build);
  }
}

/** Returns the socket of a URL, whose path names the namespace; sockets of one server share its connection. */
export const io: Io<Manager> = /* @__PURE__ */ createIo(Manager);

export { io as connect, io as default };
