import { createServer, type Server as HttpServer } from 'node:http';
import * as protocolRoom from '../protocol/index.js';
import { EngineServer } from './engine-server.js';
import type { AttachOptions, EngineOptions } from './options.js';
import { PollingTransport } from './transport/polling.js';
import { WebSocketTransport } from './transport/websocket.js';
import { WebTransportTransport } from './transport/webtransport.js';

/** The revision of the protocol that is spoken by default. */
export const protocol = 4;

/** The transports by name. */
export const transports = {
  polling: PollingTransport,
  websocket: WebSocketTransport,
  webtransport: WebTransportTransport,
} as const;

type Encoded = string | Uint8Array;

/** The codec of Engine.IO 4, with the callbacks that code for the published parser expects. */
export const parser = {
  protocol,
  encodePacket(packet: protocolRoom.EnginePacket, supportsBinary: boolean, callback: (encoded: Encoded) => void): void {
    callback(protocolRoom.encodePacket(packet, supportsBinary));
  },
  encodePayload(packets: readonly protocolRoom.EnginePacket[], callback: (payload: string) => void): void {
    callback(protocolRoom.encodePayload(packets));
  },
  /** What cannot be read becomes a packet of the type `error`. */
  decodePacket(encoded: Encoded): ParsedPacket {
    try {
      return protocolRoom.decodePacket(encoded);
    } catch {
      return parserError;
    }
  },
  /** Ends at the first packet that cannot be read. */
  decodePayload(payload: string): ParsedPacket[] {
    const packets: ParsedPacket[] = [];
    try {
      for (const packet of protocolRoom.decodePayload(payload)) packets.push(packet);
    } catch {
      packets.push(parserError);
    }
    return packets;
  },
};

/** A packet, or the sign that there was none. */
export type ParsedPacket = protocolRoom.EnginePacket | typeof parserError;

const parserError = { type: 'error', data: 'parser error' } as const;

/** Serves an engine on an HTTP server. */
export function attach(server: HttpServer, options: EngineOptions & AttachOptions = {}): EngineServer {
  return new EngineServer(options).attach(server, options);
}

/** Serves an engine on a port, with an HTTP server that answers 501 to everything else. */
export function listen(
  port: number,
  options: (EngineOptions & AttachOptions) | (() => void) = {},
  onListening?: () => void,
): EngineServer {
  const server = createServer((_request, response) => {
    response.writeHead(501);
    response.end('Not Implemented');
  });
  const engine = attach(server, typeof options === 'function' ? {} : options);
  server.listen(port, typeof options === 'function' ? options : onListening);
  return engine;
}
