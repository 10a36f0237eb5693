import type { Server as HttpServer } from 'node:http';
import type { Socket } from 'node:net';
import { within } from '../shared/index.js';

// How often connections are looked for that have nothing to do any more, in milliseconds.
const sweepInterval = 50;
/** What is cut ends within this time, in milliseconds; nobody waits any longer. */
const lastMoment = 100;

/**
 * The connections of an HTTP server, so that it can be closed in bounded time.
 *
 * The HTTP server itself knows neither those that became something else by an upgrade, nor those in the middle of a TLS
 * handshake.
 */
export class HttpConnections {
  readonly #server: HttpServer;
  readonly #open = new Set<Socket>();
  readonly #add: (socket: Socket) => void;

  constructor(server: HttpServer) {
    this.#server = server;
    const open = this.#open;
    // One listener for all connections.
    const forget = function (this: Socket): void {
      open.delete(this);
    };
    this.#add = (socket) => {
      open.add(socket);
      socket.on('close', forget);
    };
    server.on('connection', this.#add);
  }

  /** Knows of no further ones. */
  release(): void {
    this.#server.off('connection', this.#add);
  }

  /**
   * Closes the HTTP server: it accepts nobody any more, idle connections end at once, others once they are done.
   *
   * @param timeout after which those that are left are cut, in milliseconds.
   * @returns the error of a server that was not running.
   */
  async close(timeout: number): Promise<Error | undefined> {
    let error: Error | undefined;
    const closed = new Promise<void>((resolve) => {
      this.#server.close((failure) => {
        error = failure;
        resolve();
      });
    });
    // Of HTTP/2 servers only some have it.
    const sweep = setInterval(() => this.#server.closeIdleConnections?.(), sweepInterval);
    await within(timeout, closed);
    clearInterval(sweep);
    this.#cut();
    await within(lastMoment, closed);
    this.release();
    return error;
  }

  #cut(): void {
    // It may have some that came before they were counted.
    this.#server.closeAllConnections?.();
    for (const socket of this.#open) socket.destroy();
  }
}
