import { Inject, Injectable } from '@nestjs/common';
import type {
  AckResult,
  BroadcastOperator,
  BroadcastParams,
  DefaultEventsMap,
  EventName,
  EventsMap,
  Namespace,
  ParamsWithoutAck,
  RemoteSocket,
  Room,
  Server,
} from '../../server/index.js';
import { userRoom, type UserId } from '../handshake/user-room.js';
import { SOCKET_IO_SERVER } from '../socketio.tokens.js';

/**
 * Broadcasts from anywhere in the application: controllers, services, constructors.
 *
 * Its own methods reach the main namespace; `of()` reaches another. Before the application listens there is nobody to
 * reach, and a broadcast does nothing.
 */
@Injectable()
export class Broadcaster<Events extends EventsMap = DefaultEventsMap> {
  readonly #server: Server<DefaultEventsMap, Events>;

  constructor(@Inject(SOCKET_IO_SERVER) server: Server) {
    this.#server = server as unknown as Server<DefaultEventsMap, Events>;
  }

  /** Another namespace, with the same methods. */
  of(namespace: string): Namespace<DefaultEventsMap, Events> {
    return this.#server.of(namespace);
  }

  /** Starts a broadcast to rooms: a socket in any of them is reached, once. */
  to(rooms: Room | readonly Room[]): BroadcastOperator<Events, unknown> {
    return this.#server.to(rooms);
  }

  /** Starts a broadcast to the sockets of one user, on every node. @param namespace the main one when missing. */
  toUser(id: UserId, namespace = '/'): BroadcastOperator<Events, unknown> {
    return this.#server.of(namespace).to(userRoom(id));
  }

  /** Same as `to`. */
  in(rooms: Room | readonly Room[]): BroadcastOperator<Events, unknown> {
    return this.#server.in(rooms);
  }

  /** Starts a broadcast that leaves out the members of rooms. */
  except(rooms: Room | readonly Room[]): BroadcastOperator<Events, unknown> {
    return this.#server.except(rooms);
  }

  /** Starts a broadcast that transports may or may not compress. */
  compress(compress: boolean): BroadcastOperator<Events, unknown> {
    return this.#server.compress(compress);
  }

  /** Starts a broadcast whose acks are waited for that long, in milliseconds. */
  timeout(timeout: number): BroadcastOperator<Events, unknown> {
    return this.#server.timeout(timeout);
  }

  /** Starts a broadcast that stays on this node. */
  get local(): BroadcastOperator<Events, unknown> {
    return this.#server.local;
  }

  /** Starts a broadcast that is dropped for clients whose connection cannot take it now. */
  get volatile(): BroadcastOperator<Events, unknown> {
    return this.#server.volatile;
  }

  /** Sends an event to everyone. */
  emit<Event extends EventName<Events>>(event: Event, ...args: BroadcastParams<Events, Event>): boolean {
    return this.#server.emit(event, ...args);
  }

  /** Sends an event to everyone and waits for one answer each. */
  emitWithAck<Event extends EventName<Events>>(
    event: Event,
    ...args: ParamsWithoutAck<Events, Event>
  ): Promise<AckResult<Events, Event>[]> {
    return this.#server.emitWithAck(event, ...args);
  }

  /** The sockets of the main namespace, on every node. */
  fetchSockets(): Promise<RemoteSocket<Events, unknown>[]> {
    return this.#server.fetchSockets();
  }

  /** Makes every socket join rooms. */
  socketsJoin(rooms: Room | Room[]): void {
    this.#server.socketsJoin(rooms);
  }

  /** Makes every socket leave rooms. */
  socketsLeave(rooms: Room | Room[]): void {
    this.#server.socketsLeave(rooms);
  }

  /** Disconnects every socket. @param close whether to close the whole connections. */
  disconnectSockets(close = false): void {
    this.#server.disconnectSockets(close);
  }
}
