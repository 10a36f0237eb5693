import type { Socket } from 'rookery/client';

/** What a page shows of a connection. */
export interface Connection {
  /** `offline`: without a network, or disconnected for good; `refused`: by the namespace, which says why. */
  readonly state: 'connecting' | 'connected' | 'reconnecting' | 'offline' | 'refused';
  /** What the namespace has said, once it has refused. */
  readonly refusal?: string;
}

/** Follows a socket while somebody is subscribed, and keeps what is shown of it. */
export class ConnectionStore {
  readonly #socket: Socket;
  readonly #subscribers = new Set<() => void>();
  #connection: Connection = { state: 'connecting' };
  #hasConnected = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  readonly current = (): Connection => this.#connection;

  readonly subscribe = (subscriber: () => void): (() => void) => {
    if (this.#subscribers.size === 0) this.#start();
    this.#subscribers.add(subscriber);
    return () => {
      this.#subscribers.delete(subscriber);
      if (this.#subscribers.size === 0) this.#stop();
    };
  };

  #start(): void {
    this.#hasConnected = this.#socket.connected;
    this.#connection = { state: this.#socket.connected ? 'connected' : 'connecting' };
    this.#socket.on('connect', this.#onConnect);
    this.#socket.on('disconnect', this.#follow);
    this.#socket.on('connect_error', this.#onConnectError);
    addEventListener('online', this.#follow);
    addEventListener('offline', this.#follow);
  }

  #stop(): void {
    this.#socket.off('connect', this.#onConnect);
    this.#socket.off('disconnect', this.#follow);
    this.#socket.off('connect_error', this.#onConnectError);
    removeEventListener('online', this.#follow);
    removeEventListener('offline', this.#follow);
  }

  readonly #onConnect = (): void => {
    this.#hasConnected = true;
    this.#follow();
  };

  readonly #onConnectError = ({ message }: Error): void => {
    // One that is still active tries again by itself: nobody has refused it.
    if (this.#socket.active) this.#follow();
    else this.#show({ state: 'refused', refusal: message });
  };

  readonly #follow = (): void => this.#show({ state: this.#state() });

  #state(): Connection['state'] {
    if (this.#socket.connected) return 'connected';
    if (!this.#socket.active || !navigator.onLine) return 'offline';
    return this.#hasConnected ? 'reconnecting' : 'connecting';
  }

  #show(connection: Connection): void {
    this.#connection = connection;
    for (const subscriber of this.#subscribers) subscriber();
  }
}
