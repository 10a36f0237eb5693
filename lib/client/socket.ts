import {
  AnyListeners,
  type AnyListener,
  type DefaultEventsMap,
  type EventsMap,
  type EventsWithTimeout,
} from '../shared/index.js';
import { alwaysAnswered, type AckCallback } from './acks.js';
import { BaseSocket, type SocketManager } from './base-socket.js';
import type { SocketOptions } from './options.js';
import { RetryQueue } from './retry-queue.js';

/** The client's end of a namespace, with `retries` and listeners of every event. */
export class Socket<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  Manager = SocketManager,
> extends BaseSocket<ListenEvents, EmitEvents, Manager> {
  readonly #queue: RetryQueue | null = null;
  readonly #incoming = new AnyListeners();
  readonly #outgoing = new AnyListeners();

  constructor(manager: SocketManager, namespace: string, options: SocketOptions = {}) {
    super(manager, namespace, options);
    if (options.retries) {
      this.#queue = new RetryQueue(
        options.retries,
        (args, onAnswer) => {
          alwaysAnswered.add(onAnswer);
          super.dispatch(args, onAnswer);
        },
        () => this.connected,
      );
    }
  }

  override timeout(timeout: number): Socket<ListenEvents, EventsWithTimeout<EmitEvents>, Manager> {
    return super.timeout(timeout) as never;
  }

  /** Listens to every event that comes. */
  onAny(listener: AnyListener): this {
    this.#incoming.append(listener);
    return this;
  }

  /** The same, before the others. */
  prependAny(listener: AnyListener): this {
    this.#incoming.prepend(listener);
    return this;
  }

  /** Removes a listener of every event that comes, or all of them. */
  offAny(listener?: AnyListener): this {
    this.#incoming.remove(listener);
    return this;
  }

  listenersAny(): AnyListener[] {
    return this.#incoming.all();
  }

  /** Listens to every event that is sent. */
  onAnyOutgoing(listener: AnyListener): this {
    this.#outgoing.append(listener);
    return this;
  }

  /** The same, before the others. */
  prependAnyOutgoing(listener: AnyListener): this {
    this.#outgoing.prepend(listener);
    return this;
  }

  /** Removes a listener of every event that is sent, or all of them. */
  offAnyOutgoing(listener?: AnyListener): this {
    this.#outgoing.remove(listener);
    return this;
  }

  listenersAnyOutgoing(): AnyListener[] {
    return this.#outgoing.all();
  }

  protected override dispatch(data: readonly unknown[], callback: AckCallback | undefined): void {
    if (this.#queue === null || this.flags.volatile === true) {
      super.dispatch(data, callback);
    } else {
      this.#queue.add(data, callback);
      this.flags = {};
      this.#queue.drain(false);
    }
  }

  protected override onConnected(): void {
    this.#queue?.drain(true);
  }

  protected override onIncoming(args: readonly unknown[]): void {
    this.#incoming.notify(args);
  }

  protected override onOutgoing(args: readonly unknown[]): void {
    this.#outgoing.notify(args);
  }
}
