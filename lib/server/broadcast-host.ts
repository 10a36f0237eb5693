import type { Room, SocketId } from '../adapter/index.js';
import { BroadcastOperator, type BroadcastTarget } from './broadcast-operator.js';
import type { RemoteSocket } from './remote-socket.js';
import { TypedEmitter } from './typed-emitter.js';
import type { AckResult, BroadcastParams, EventName, EventsMap, ParamsWithoutAck } from '../shared/index.js';

/** Everything that broadcasts to a whole namespace: the server and the namespaces. */
export abstract class BroadcastHost<
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  Reserved,
  SocketData,
> extends TypedEmitter<ServerSideEvents, Reserved> {
  /** The namespace that is broadcast to. */
  protected abstract get broadcastTarget(): BroadcastTarget;

  /** Starts a broadcast to rooms. */
  to(rooms: Room | readonly Room[]): BroadcastOperator<EmitEvents, SocketData> {
    return this.#everyone().to(rooms);
  }

  /** Same as `to`. */
  in(rooms: Room | readonly Room[]): BroadcastOperator<EmitEvents, SocketData> {
    return this.#everyone().to(rooms);
  }

  /** Starts a broadcast that leaves out the members of rooms. */
  except(rooms: Room | readonly Room[]): BroadcastOperator<EmitEvents, SocketData> {
    return this.#everyone().except(rooms);
  }

  /** Starts a broadcast that transports may or may not compress. */
  compress(compress: boolean): BroadcastOperator<EmitEvents, SocketData> {
    return this.#everyone().compress(compress);
  }

  /** Starts a broadcast that is dropped for clients whose connection cannot take it now. */
  get volatile(): BroadcastOperator<EmitEvents, SocketData> {
    return this.#everyone().volatile;
  }

  /** Starts a broadcast that stays on this node. */
  get local(): BroadcastOperator<EmitEvents, SocketData> {
    return this.#everyone().local;
  }

  /** Starts a broadcast whose acks are waited for that long, in milliseconds. */
  timeout(timeout: number): BroadcastOperator<EmitEvents, SocketData> {
    return this.#everyone().timeout(timeout);
  }

  /** Sends an event to every client of the namespace; see `BroadcastOperator.emit`. */
  emit<Event extends EventName<EmitEvents>>(event: Event, ...args: BroadcastParams<EmitEvents, Event>): boolean {
    return this.#everyone().emit(event, ...args);
  }

  /** Sends an event to every client and waits for one answer each; see `BroadcastOperator.emitWithAck`. */
  emitWithAck<Event extends EventName<EmitEvents>>(
    event: Event,
    ...args: ParamsWithoutAck<EmitEvents, Event>
  ): Promise<AckResult<EmitEvents, Event>[]> {
    return this.#everyone().emitWithAck(event, ...args);
  }

  /** Sends a `message` event to every client. */
  send(...args: BroadcastParams<EmitEvents, 'message'>): this {
    this.#everyone().emit('message', ...args);
    return this;
  }

  /** Same as `send`. */
  write(...args: BroadcastParams<EmitEvents, 'message'>): this {
    return this.send(...args);
  }

  /** The ids of the clients of this node. @deprecated use `fetchSockets()`. */
  allSockets(): Promise<Set<SocketId>> {
    return this.#everyone().allSockets();
  }

  /** The sockets of the namespace, on every node. */
  fetchSockets(): Promise<RemoteSocket<EmitEvents, SocketData>[]> {
    return this.#everyone().fetchSockets();
  }

  /** Makes every socket join rooms. */
  socketsJoin(rooms: Room | Room[]): void {
    this.#everyone().socketsJoin(rooms);
  }

  /** Makes every socket leave rooms. */
  socketsLeave(rooms: Room | Room[]): void {
    this.#everyone().socketsLeave(rooms);
  }

  /** Disconnects every socket. @param close whether to close the whole connections. */
  disconnectSockets(close = false): void {
    this.#everyone().disconnectSockets(close);
  }

  #everyone(): BroadcastOperator<EmitEvents, SocketData> {
    return new BroadcastOperator(this.broadcastTarget);
  }
}
