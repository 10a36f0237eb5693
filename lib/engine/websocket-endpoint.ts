import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { EngineRevision } from '../protocol/index.js';
import { within } from '../shared/index.js';
import { HandshakeRequest } from './handshake-request.js';
import type { ResolvedEngineOptions } from './options.js';
import { queryOf } from './query.js';
import { formatFor } from './transport/packet-format.js';
import { detached, type Transport } from './transport/transport.js';
import { endOnce } from './transport/websocket-end.js';
import { WebSocketTransport, type WebSocketLike } from './transport/websocket.js';

/** The part of a WebSocket server that the engine uses. */
interface WebSocketServerLike {
  readonly clients?: ReadonlySet<{ terminate(): void; once(event: 'close', listener: () => void): unknown }>;
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    callback: (webSocket: WebSocketLike) => void,
  ): void;
  on?(event: 'headers', listener: (headers: string[], request: IncomingMessage) => void): unknown;
  close(): void;
}

/** A request that becomes a WebSocket. */
export interface WebSocketUpgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly protocol: EngineRevision;
}

type Headers = Readonly<Record<string, string | string[]>>;

const closingHandshakeTimeout = 5_000;
/** What is cut ends within this time, in milliseconds; nobody waits any longer. */
const lastMoment = 250;
// Far above what clients send, far below what a hostile one could fill memory with.
const maxFragments = 256;
const maxBufferedChunks = 4_096;
const maxPendingAutoPongs = 16;

/** Makes WebSockets of upgrades that were let in, and knows them until they are closed. */
export class WebSocketEndpoint {
  readonly #options: ResolvedEngineOptions;
  readonly #server: WebSocketServerLike;
  /** Headers for the 101 that is being written; `ws` writes it in the same call. */
  #headers: Headers = {};

  constructor(options: ResolvedEngineOptions) {
    this.#options = options;
    const { perMessageDeflate, maxHttpBufferSize, wsEngine } = options;
    const Engine = (wsEngine ?? WebSocketServer) as new (options: Record<string, unknown>) => WebSocketServerLike;
    this.#server = new Engine({
      noServer: true,
      clientTracking: true,
      perMessageDeflate,
      maxPayload: maxHttpBufferSize,
      maxFragments,
      maxBufferedChunks,
      maxPendingAutoPongs,
      closeTimeout: closingHandshakeTimeout,
    });
    this.#server.on?.('headers', (lines) => {
      for (const [name, value] of Object.entries(this.#headers)) {
        for (const each of Array.isArray(value) ? value : [value]) lines.push(`${name}: ${each}`);
      }
    });
  }

  /** @param headers of the 101. @param accept called at once, unless the request is not one for a WebSocket. */
  accept(
    { request, socket, head, protocol }: WebSocketUpgrade,
    headers: Headers,
    accept: (transport: Transport, origin: HandshakeRequest) => void,
  ): void {
    this.#headers = headers;
    // What is sent at once leaves with the 101.
    socket.cork();
    try {
      this.#server.handleUpgrade(request, socket, head, (webSocket) => {
        const origin = new HandshakeRequest(request);
        // A server of another class may keep frames back: only `ws` lets us write beside it.
        const stream = this.#options.wsEngine === undefined ? socket : null;
        if (stream !== null) endOnce(stream);
        const transport = new WebSocketTransport(webSocket, detached, {
          stream,
          format: formatFor(protocol, !queryOf(request)['b64']),
          request: origin,
          onError: this.#options.onError,
        });
        accept(transport, origin);
      });
    } catch (error) {
      this.#options.onError(error, 'wsEngine');
      socket.destroy();
    } finally {
      socket.uncork();
      this.#headers = {};
    }
  }

  /** Takes no further ones; those there are stay. */
  close(): void {
    this.#server.close();
  }

  /** Resolves when every WebSocket is closed. @param timeout after which those that are left are cut, in milliseconds. */
  async closed(timeout: number): Promise<void> {
    const { clients } = this.#server;
    if (clients === undefined || clients.size === 0) return;
    const closed = new Promise<void>((resolve) => {
      for (const webSocket of clients) {
        webSocket.once('close', () => {
          if (clients.size === 0) resolve();
        });
      }
    });
    await within(timeout, closed);
    if (clients.size === 0) return;
    for (const webSocket of clients) webSocket.terminate();
    await within(lastMoment, closed);
  }
}
