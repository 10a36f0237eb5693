import { io, type IoOptions, type Socket } from 'rookery/client';

/** The socket of a URL, for all components that use it: connected while one of them is mounted. */
export class SharedSocket {
  readonly socket: Socket;
  #holders = 0;

  constructor(url: string, options: IoOptions) {
    this.socket = io(url, { ...options, autoConnect: false });
  }

  /** Connects; returns how to let go, upon which the last holder disconnects. @param auth counts at the next connection. */
  hold(auth: IoOptions['auth']): () => void {
    this.#holders++;
    if (auth !== undefined) this.socket.auth = auth;
    this.socket.connect();
    return () => {
      this.#holders--;
      // StrictMode lets go and holds again in one go, as two views do that take turns: neither costs a connection.
      queueMicrotask(() => {
        if (this.#holders === 0) this.socket.disconnect();
      });
    };
  }
}

const known = new Map<string, SharedSocket>();

/** Returns the socket of a URL; the options are those of who asks first. */
export function sharedSocket(url: string, options: IoOptions = {}): SharedSocket {
  let shared = known.get(url);
  if (shared === undefined) known.set(url, (shared = new SharedSocket(url, options)));
  return shared;
}
