import { EventEmitter } from 'node:events';
import {
  KeptEvent,
  type Adapter,
  type BroadcastFlags,
  type BroadcastOptions,
  type Room,
  type SocketDescription,
  type SocketId,
} from '../adapter/index.js';
import { isReservedEvent, PacketType, type Packet } from '../protocol/index.js';
import { RookeryError } from '../shared/index.js';
import { BroadcastAcks, type AnswersListener } from './broadcast-acks.js';
import type { ErrorBoundary } from './error-boundary.js';
import { asOrdinary, assertOrdinary } from './reliable/ordinary-event.js';
import { RemoteSocket, type RemoteTarget } from './remote-socket.js';
import type { AckResult, BroadcastParams, EventName, EventsMap, ParamsWithoutAck } from '../shared/index.js';

/** What a broadcast needs of its namespace. */
export interface BroadcastTarget {
  readonly name: string;
  readonly adapter: Adapter;
  readonly boundary: ErrorBoundary;
  readonly sockets: ReadonlyMap<SocketId, { forgetAck(id: number): void }>;
  askFor(timeout: number, ask: () => void): void;
  /** How long acks are waited for when the broadcast sets no `timeout()`, in milliseconds. */
  readonly ackTimeout: number;
  /** Whether events may be delivered reliably. */
  readonly isReliable: boolean;
  /** Keeps an event in the stream of each room and sends it there. */
  emitReliable(rooms: readonly Room[], event: KeptEvent, flags: BroadcastFlags): Promise<void>;
}

const noRooms: ReadonlySet<Room> = new Set();

/** Refuses names that belong to the protocol, and what is no name. */
export function assertEmittable(event: unknown): void {
  if (typeof event !== 'string' && typeof event !== 'number') {
    throw new RookeryError('INVALID_EVENT_NAME', `An event is named by a string or a number, not by ${typeof event}`);
  }
  if (isReservedEvent(event)) {
    throw new RookeryError('INVALID_EVENT_NAME', `"${String(event)}" is a reserved event name`);
  }
}

/**
 * A broadcast in the making: to whom, except whom, how. Every modifier returns a new one.
 *
 * Without a room it reaches the whole namespace.
 */
export class BroadcastOperator<EmitEvents extends EventsMap, SocketData> implements RemoteTarget {
  readonly #target: BroadcastTarget;
  readonly #rooms: ReadonlySet<Room>;
  readonly #except: ReadonlySet<Room>;
  readonly #flags: Readonly<BroadcastFlags>;

  /** @internal */
  constructor(
    target: BroadcastTarget,
    rooms: ReadonlySet<Room> = noRooms,
    except: ReadonlySet<Room> = noRooms,
    flags: Readonly<BroadcastFlags> = {},
  ) {
    this.#target = target;
    this.#rooms = rooms;
    this.#except = except;
    this.#flags = flags;
  }

  /** Adds rooms: a socket in any of them is reached, once. */
  to(rooms: Room | readonly Room[]): BroadcastOperator<EmitEvents, SocketData> {
    return new BroadcastOperator(this.#target, withRooms(this.#rooms, rooms), this.#except, this.#flags);
  }

  /** Same as `to`. */
  in(rooms: Room | readonly Room[]): BroadcastOperator<EmitEvents, SocketData> {
    return this.to(rooms);
  }

  /** Leaves out the members of rooms; a socket id is the name of a room with that socket alone. */
  except(rooms: Room | readonly Room[]): BroadcastOperator<EmitEvents, SocketData> {
    return new BroadcastOperator(this.#target, this.#rooms, withRooms(this.#except, rooms), this.#flags);
  }

  /** Sets whether transports that compress may compress it. */
  compress(compress: boolean): BroadcastOperator<EmitEvents, SocketData> {
    return this.#with({ compress });
  }

  /** Drops it for clients whose connection cannot take it now. */
  get volatile(): BroadcastOperator<EmitEvents, SocketData> {
    return this.#with({ volatile: true });
  }

  /** Keeps it on this node. */
  get local(): BroadcastOperator<EmitEvents, SocketData> {
    return this.#with({ local: true });
  }

  /** Sets how long acks are waited for, in milliseconds. */
  timeout(timeout: number): BroadcastOperator<EmitEvents, SocketData> {
    return this.#with({ timeout });
  }

  /**
   * Sends an event; with a callback as its last argument, collects one answer per client.
   *
   * @throws RookeryError `INVALID_EVENT_NAME` for a reserved name, `NOT_SERIALIZABLE` for data JSON cannot hold.
   */
  emit<Event extends EventName<EmitEvents>>(event: Event, ...args: BroadcastParams<EmitEvents, Event>): boolean {
    assertEmittable(event);
    const data: unknown[] = [event, ...(args as unknown[])];
    const last: unknown = data.at(-1);
    if (typeof last !== 'function') {
      this.#broadcast(data);
      return true;
    }
    data.pop();
    this.#ask(data, this.#flags.timeout ?? this.#target.ackTimeout, (error, answers) =>
      this.#call(event, last as AnswersListener, [error, answers]),
    );
    return true;
  }

  /**
   * Sends an event and waits for one answer per client.
   *
   * @returns the answers; rejects when one is missing in time, with those that came in `error.responses`.
   */
  emitWithAck<Event extends EventName<EmitEvents>>(
    event: Event,
    ...args: ParamsWithoutAck<EmitEvents, Event>
  ): Promise<AckResult<EmitEvents, Event>[]> {
    return new Promise((resolve, reject) => {
      assertEmittable(event);
      const timeout = this.#flags.timeout ?? this.#target.ackTimeout;
      this.#ask([event, ...(args as unknown[])], timeout, (error, answers) => {
        if (error === null) resolve(answers as AckResult<EmitEvents, Event>[]);
        else reject(Object.assign(error, { responses: answers }));
      });
    });
  }

  /**
   * Keeps an event in the stream of each room, then sends it to those who are there: clients that take part get it once they
   * are back, too, in order and once. A socket in two of the rooms gets it once for each.
   *
   * The event arrives with `{ stream, offset }` as its last argument, which `receiveReliably()` of the client takes away.
   *
   * @returns resolves once it is kept and handed to the adapter. Rejects with `DELIVERY_OFF` without the option
   * `reliableDelivery` or an adapter that keeps messages, with `DELIVERY_FAILED` when its log cannot be reached,
   * `INVALID_DELIVERY` without a room, with `except`, `volatile` or `local`, and with a callback, `INVALID_EVENT_NAME` for a
   * reserved name, `NOT_SERIALIZABLE` for data JSON cannot hold.
   */
  async emitReliable<Event extends EventName<EmitEvents>>(
    event: Event,
    ...args: ParamsWithoutAck<EmitEvents, Event>
  ): Promise<void> {
    assertEmittable(event);
    assertOrdinary(event);
    const data: unknown[] = [event, ...(args as unknown[])];
    const fault = this.#undeliverable(data);
    if (fault !== undefined) throw new RookeryError('INVALID_DELIVERY', `emitReliable() ${fault}`);
    await this.#target.emitReliable([...this.#rooms], new KeptEvent(data), this.#flags);
  }

  /** The ids of the sockets it would reach, on this node. @deprecated use `fetchSockets()`. */
  allSockets(): Promise<Set<SocketId>> {
    return this.#target.adapter.sockets(new Set(this.#rooms));
  }

  /** The sockets it would reach, on every node. */
  async fetchSockets(): Promise<RemoteSocket<EmitEvents, SocketData>[]> {
    const sockets = await this.#target.adapter.fetchSockets(this.#options());
    return sockets.map((socket) => this.#asRemote(socket));
  }

  /** Makes the sockets it would reach join rooms. */
  socketsJoin(rooms: Room | Room[]): void {
    this.#watch(this.#target.adapter.addSockets(this.#options(), asArray(rooms)), 'socketsJoin');
  }

  /** Makes the sockets it would reach leave rooms. */
  socketsLeave(rooms: Room | Room[]): void {
    this.#watch(this.#target.adapter.delSockets(this.#options(), asArray(rooms)), 'socketsLeave');
  }

  /** Disconnects the sockets it would reach. @param close whether to close their whole connections. */
  disconnectSockets(close = false): void {
    this.#watch(this.#target.adapter.disconnectSockets(this.#options(), close), 'disconnectSockets');
  }

  /** @internal */
  askOne(
    event: string,
    args: readonly unknown[],
    timeout: number | undefined,
    listener: (error: Error | null, answer: unknown) => unknown,
  ): void {
    assertEmittable(event);
    this.#ask([event, ...args], timeout ?? this.#target.ackTimeout, (error, [answer]) =>
      this.#call(event, listener, [error, answer]),
    );
  }

  #undeliverable(data: readonly unknown[]): string | undefined {
    const { volatile, local } = this.#flags;
    if (this.#rooms.size === 0) return 'needs a room: its stream is kept; use to()';
    if (this.#except.size > 0) return 'reaches everyone in a room; in the place of socket.to() use socket.nsp.to()';
    if (volatile === true || local === true) return 'is neither volatile nor local';
    return typeof data.at(-1) === 'function' ? 'takes no callback' : undefined;
  }

  #broadcast(data: unknown[]): void {
    const own = this.#target.isReliable ? asOrdinary(data) : data;
    this.#watch(this.#target.adapter.broadcast(this.#packet(own), this.#options()), 'broadcast');
  }

  #ask(data: unknown[], timeout: number, listener: AnswersListener): void {
    const { adapter } = this.#target;
    const packet = this.#packet(data);
    const acks = new BroadcastAcks(timeout, (error, answers) => {
      if (error !== null) this.#forget(packet);
      listener(error, answers);
    });
    try {
      this.#target.askFor(timeout, () =>
        adapter.broadcastWithAck(
          packet,
          { ...this.#options(), flags: { ...this.#flags, timeout } },
          (count) => acks.onClientCount(count),
          (answer) => acks.onAnswer(answer),
          (missing) => acks.onNodeLost(missing),
        ),
      );
    } catch (error) {
      acks.onFailure(error as Error);
      throw error;
    }
    if (this.#flags.local === true) {
      acks.onNodeCount(1);
      return;
    }
    adapter.serverCount().then(
      (count) => acks.onNodeCount(count),
      (error: Error) => acks.onFailure(error),
    );
  }

  /** Published adapters number the packet they are given, and leave the sockets waiting for ever. */
  #forget({ id }: Packet): void {
    if (id !== undefined) for (const socket of this.#target.sockets.values()) socket.forgetAck(id);
  }

  #packet(data: unknown[]): Packet {
    return { type: PacketType.EVENT, nsp: this.#target.name, data };
  }

  #options(): BroadcastOptions {
    // Adapters of others change what they are given.
    return { rooms: new Set(this.#rooms), except: new Set(this.#except), flags: { ...this.#flags } };
  }

  #asRemote(socket: SocketDescription): RemoteSocket<EmitEvents, SocketData> {
    // A socket of this node is itself.
    if (socket instanceof EventEmitter) return socket as unknown as RemoteSocket<EmitEvents, SocketData>;
    return new RemoteSocket(new BroadcastOperator(this.#target, new Set([socket.id])), socket);
  }

  #with(flags: BroadcastFlags): BroadcastOperator<EmitEvents, SocketData> {
    return new BroadcastOperator(this.#target, this.#rooms, this.#except, { ...this.#flags, ...flags });
  }

  #call<Args extends unknown[]>(event: string, callback: (...args: Args) => unknown, args: Args): void {
    this.#target.boundary.run(() => callback(...args), { event });
  }

  #watch(result: unknown, event: string): void {
    this.#target.boundary.watch(result, { event });
  }
}

function withRooms(before: ReadonlySet<Room>, rooms: Room | readonly Room[]): ReadonlySet<Room> {
  return new Set([...before, ...asArray(rooms)]);
}

function asArray(rooms: Room | readonly Room[]): Room[] {
  return typeof rooms === 'string' ? [rooms] : [...rooms];
}
