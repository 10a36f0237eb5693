import type { Room, SocketDescription, SocketId } from '../adapter/index.js';
import type { Handshake } from './handshake.js';
import type {
  AckResult,
  EventName,
  EventParams,
  EventsMap,
  EventsWithTimeout,
  ParamsWithoutAck,
} from '../shared/index.js';

/** What a remote socket does its work with: a broadcast that reaches it alone. */
export interface RemoteTarget {
  emit(event: string, ...args: unknown[]): boolean;
  /** Asks the one socket; `listener` is called once, with an error or with its answer. */
  askOne(
    event: string,
    args: readonly unknown[],
    timeout: number | undefined,
    listener: (error: Error | null, answer: unknown) => unknown,
  ): void;
  socketsJoin(rooms: Room | Room[]): void;
  socketsLeave(rooms: Room | Room[]): void;
  disconnectSockets(close?: boolean): void;
}

/**
 * A socket as `fetchSockets()` returns it: perhaps one of another node.
 *
 * Its fields are copies; its methods reach the socket wherever it is.
 */
export class RemoteSocket<EmitEvents extends EventsMap, SocketData> {
  readonly id: SocketId;
  readonly handshake: Handshake;
  readonly rooms: Set<Room>;
  readonly data: SocketData;
  readonly #target: RemoteTarget;
  readonly #timeout: number | undefined;

  /** @internal */
  constructor(target: RemoteTarget, description: SocketDescription, timeout?: number) {
    this.id = description.id;
    this.handshake = description.handshake as Handshake;
    this.rooms = new Set(description.rooms);
    this.data = description.data as SocketData;
    this.#target = target;
    this.#timeout = timeout;
  }

  /** Sets how long the ack of the next emit is waited for, in milliseconds. */
  timeout(timeout: number): RemoteSocket<EventsWithTimeout<EmitEvents>, SocketData> {
    return new RemoteSocket(this.#target, this, timeout);
  }

  /** Sends an event to the socket; with a callback as its last argument, waits for its answer. */
  emit<Event extends EventName<EmitEvents>>(event: Event, ...args: EventParams<EmitEvents, Event>): boolean {
    const last: unknown = args.at(-1);
    if (typeof last !== 'function') return this.#target.emit(event, ...args);
    const hasErrors = this.#timeout !== undefined;
    this.#target.askOne(event, args.slice(0, -1), this.#timeout, (error, answer): unknown => {
      if (hasErrors) return error === null ? last(null, answer) : last(error);
      // Without a timeout of its own the callback has no place for an error.
      return error === null ? last(answer) : undefined;
    });
    return true;
  }

  /** Sends an event and waits for the answer; rejects when it does not come in time. */
  emitWithAck<Event extends EventName<EmitEvents>>(
    event: Event,
    ...args: ParamsWithoutAck<EmitEvents, Event>
  ): Promise<AckResult<EmitEvents, Event>> {
    return new Promise((resolve, reject) => {
      this.#target.askOne(event, args, this.#timeout, (error, answer) => {
        if (error === null) resolve(answer as AckResult<EmitEvents, Event>);
        else reject(error);
      });
    });
  }

  join(rooms: Room | Room[]): void {
    this.#target.socketsJoin(rooms);
  }

  leave(room: Room): void {
    this.#target.socketsLeave(room);
  }

  /** @param close whether to close the whole connection, not the namespace alone. */
  disconnect(close = false): this {
    this.#target.disconnectSockets(close);
    return this;
  }
}
