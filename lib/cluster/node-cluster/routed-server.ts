import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { sessionMark, type MarkedConnection } from '../../shared/index.js';
import { forwardRequest } from '../forward-request.js';
import { endToEndHeaders, headOf } from '../http-head.js';
import { markIn } from './request-head.js';
import type { BoundAddress } from './wire.js';

/** What an HTTP server that serves connections of the primary needs of the worker around it. */
export interface RoutedServerOwner {
  /** In the ids of the sessions of this worker. */
  readonly mark: string;
  /** Gives a connection back to the primary, with what was read of it. */
  handBack(bytes: string, socket: Socket): void;
  /** The server takes no more connections. */
  onClose(): void;
}

/** How often a server that closes lets go of connections that have become idle, in milliseconds. */
const idleCheckInterval = 50;

/**
 * An HTTP server whose connections the primary accepts.
 *
 * It looks like one that listens. The first request of a connection is for this worker; a later one may have the session
 * id of another: it is forwarded, over the primary, and the connection is closed behind its answer.
 */
export class RoutedServer {
  readonly #server: Server;
  readonly #address: BoundAddress;
  readonly #owner: RoutedServerOwner;
  readonly #connections = new Set<Socket>();
  /** Those whose first request has come. */
  readonly #begun = new WeakSet<Socket>();
  readonly #restore: () => void;
  #isClosing = false;

  constructor(server: Server, address: BoundAddress, owner: RoutedServerOwner) {
    this.#server = server;
    this.#address = address;
    this.#owner = owner;
    this.#restore = this.#takeOver();
  }

  /** Serves a connection. @param bytes what the primary has read of it. */
  accept(bytes: string, socket: Socket): void {
    const server = this.#server;
    socket.allowHalfOpen = true;
    socket.setNoDelay(true);
    (socket as MarkedConnection)[sessionMark] = this.#owner.mark;
    this.#connections.add(socket);
    socket.once('close', () => {
      this.#connections.delete(socket);
      if (this.#isClosing) this.#finish();
    });
    socket.unshift(Buffer.from(bytes, 'latin1'));
    server.emit('connection', socket);
  }

  #takeOver(): () => void {
    const server = this.#server;
    const emit = server.emit as (...args: unknown[]) => boolean;
    const routedEmit = (event: string, ...args: unknown[]): boolean =>
      ((event === 'request' || event === 'upgrade') && this.#sendElsewhere(event, args)) ||
      emit.call(server, event, ...args);
    const own: PropertyDescriptorMap = {
      listening: { get: () => !this.#isClosing },
      address: { value: () => (this.#isClosing ? null : { ...this.#address }) },
      close: { value: (callback?: (error?: Error) => void) => this.#close(callback) },
      getConnections: {
        value: (callback: (error: Error | null, count: number) => void) => {
          setImmediate(callback, null, this.#connections.size);
          return server;
        },
      },
      emit: { value: routedEmit, writable: true },
    };
    const before = Object.getOwnPropertyDescriptor(server, 'emit');
    for (const [name, descriptor] of Object.entries(own)) {
      Object.defineProperty(server, name, { configurable: true, ...descriptor });
    }
    return () => {
      const isOurs = server.emit === (routedEmit as unknown);
      for (const name of Object.keys(own))
        if (name !== 'emit') delete (server as unknown as Record<string, unknown>)[name];
      // Somebody else may have wrapped it since; then it only passes on.
      if (!isOurs) return;
      if (before === undefined) delete (server as { emit?: unknown }).emit;
      else Object.defineProperty(server, 'emit', before);
    };
  }

  #sendElsewhere(event: 'request' | 'upgrade', args: unknown[]): boolean {
    const [request, other, head] = args as [IncomingMessage, ServerResponse & Socket, Buffer];
    const { socket } = request;
    const isFirst = !this.#begun.has(socket);
    if (isFirst) this.#begun.add(socket);
    if (this.#isClosing && event === 'request') other.setHeader('Connection', 'close');
    if (isFirst || !this.#connections.has(socket)) return false;
    const mark = markIn(request.url ?? '');
    if (mark === undefined || mark === this.#owner.mark) return false;
    if (event === 'request') this.#forward(request, other);
    else this.#owner.handBack(headOf(request) + head.toString('latin1'), socket);
    return true;
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    const { port, address } = this.#address;
    forwardRequest(request, response, {
      target: { host: reachable(address), port, agent: false },
      headers: { connection: 'close' },
      // This connection is closed too: the next one is led rightly.
      answerHeaders: (answer) => ({ ...endToEndHeaders(answer), connection: 'close' }),
      onFailed: () => response.writeHead(502, { Connection: 'close' }).end(),
    });
  }

  #close(callback?: (error?: Error) => void): Server {
    const server = this.#server;
    if (callback !== undefined) server.once('close', callback);
    if (this.#isClosing) return server;
    this.#isClosing = true;
    this.#owner.onClose();
    server.closeIdleConnections();
    const timer = setInterval(() => server.closeIdleConnections(), idleCheckInterval);
    server.once('close', () => clearInterval(timer));
    this.#finish();
    return server;
  }

  #finish(): void {
    if (this.#connections.size > 0) return;
    this.#restore();
    // It has never listened itself: it ends at once, and tells those that wait.
    this.#server.close();
  }
}

function reachable(address: string): string {
  // The first takes both families.
  return address === '::' || address === '0.0.0.0' ? '127.0.0.1' : address;
}
