import cluster, { type Worker } from 'node:cluster';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { stopReading } from './connection.js';
import { firstLineOf, markIn } from './request-head.js';
import {
  isRoutingMessage,
  routingSource,
  type ConnectionMessage,
  type ListenAddress,
  type PrimaryMessage,
  type WorkerMessage,
} from './wire.js';

/** How long a client may take for the first line of its first request, in milliseconds. */
const firstLineTimeout = 60_000;
/** How many connections wait for a worker, when there is none. */
const mostWaiting = 1_024;

/** The mark in the ids of the sessions that a worker opens. */
export function markOf(worker: Pick<Worker, 'id'>): string {
  return worker.id.toString(36);
}

/** One port, and the workers that serve it. */
interface Listener {
  readonly server: Server;
  readonly workers: Set<Worker>;
  /** Those that want to serve it, before it is bound. */
  readonly asking: Set<Worker>;
  /** Connections that came while no worker served it. */
  readonly waiting: [bytes: string, socket: Socket][];
  address: AddressInfo | null;
  /** How many connections were led. */
  turn: number;
}

/**
 * The way of connections to one worker, one at a time.
 *
 * Node would line them up itself; but it loses them, and does not tell that the worker is gone, when that is killed with
 * one on its way.
 */
interface Road {
  readonly queue: [message: ConnectionMessage, socket: Socket][];
  /** It was handed over, and the worker has not said yet that it has come. */
  onTheWay: Socket | null;
}

/**
 * Accepts connections for the workers: reads the first line of the first request, and hands the connection over.
 *
 * The worker in the session id gets it; without one, they take turns.
 */
export class ConnectionRouter {
  readonly #listeners = new Map<string, Listener>();
  /** The connections for each worker; one that is stopped takes none, and gets no new ones. */
  readonly #roads = new Map<Worker, Road>();
  readonly #unread = new Set<Socket>();
  #isClosed = false;

  constructor() {
    cluster.on('message', this.#onMessage);
    cluster.on('disconnect', this.#onGone);
    cluster.on('exit', this.#onGone);
  }

  /** Accepts no more connections, and hears no workers any more; connections that were handed over stay. */
  close(): void {
    this.#isClosed = true;
    for (const { server, waiting } of this.#listeners.values()) {
      if (server.listening) server.close();
      for (const [, socket] of waiting.splice(0)) socket.destroy();
    }
    for (const socket of this.#unread) socket.destroy();
    for (const { queue } of this.#roads.values()) for (const [, socket] of queue.splice(0)) socket.destroy();
    cluster.off('message', this.#onMessage);
    cluster.off('disconnect', this.#onGone);
    cluster.off('exit', this.#onGone);
  }

  readonly #onMessage = (worker: Worker, message: unknown, socket: unknown): void => {
    if (!isRoutingMessage<WorkerMessage>(message)) return;
    switch (message.act) {
      case 'listen':
        this.#listen(worker, message.key, message.address);
        return;
      case 'close':
        this.#listeners.get(message.key)?.workers.delete(worker);
        return;
      case 'taken':
        this.#onTaken(worker);
        return;
      case 'connection':
        // Handed back: the client may have gone meanwhile.
        if (socket !== undefined) this.#route(message.key, message.bytes, socket as Socket);
        return;
    }
  };

  readonly #onGone = (worker: Worker): void => {
    const road = this.#roads.get(worker);
    this.#roads.delete(worker);
    for (const { workers, asking } of this.#listeners.values()) {
      workers.delete(worker);
      asking.delete(worker);
    }
    // It may have begun with it: nothing is asked twice.
    road?.onTheWay?.destroy();
    for (const [{ key, bytes }, socket] of road?.queue ?? []) this.#route(key, bytes, socket);
  };

  #listen(worker: Worker, key: string, address: ListenAddress): void {
    if (this.#isClosed) return;
    const listener = this.#listeners.get(key) ?? this.#bind(key, address);
    if (listener.address === null) listener.asking.add(worker);
    else this.#serve(worker, key, listener);
  }

  #bind(key: string, { port, host }: ListenAddress): Listener {
    // A client that has said all it has to say still gets its answer.
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#read(key, socket));
    const listener: Listener = { server, workers: new Set(), asking: new Set(), waiting: [], address: null, turn: 0 };
    this.#listeners.set(key, listener);
    server.once('error', (error: NodeJS.ErrnoException) => {
      this.#listeners.delete(key);
      const { code, message } = error;
      for (const worker of listener.asking) {
        tell(worker, { source: routingSource, act: 'failed', key, error: { code, message } });
      }
    });
    server.listen({ port, host }, () => {
      server.removeAllListeners('error').on('error', ignore);
      listener.address = server.address() as AddressInfo;
      for (const worker of listener.asking) this.#serve(worker, key, listener);
      listener.asking.clear();
    });
    return listener;
  }

  #serve(worker: Worker, key: string, { workers, waiting, address }: Listener): void {
    workers.add(worker);
    tell(worker, { source: routingSource, act: 'listening', key, address: address! });
    for (const [bytes, socket] of waiting.splice(0)) this.#route(key, bytes, socket);
  }

  #read(key: string, socket: Socket): void {
    let read: Buffer | null = null;
    const forget = (): void => {
      clearTimeout(timer);
      this.#unread.delete(socket);
    };
    const timer = setTimeout(() => socket.destroy(), firstLineTimeout);
    this.#unread.add(socket);
    socket.on('error', ignore).once('close', forget);
    socket.on('end', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      read = read === null ? chunk : Buffer.concat([read, chunk]);
      if (firstLineOf(read) === null) return;
      socket.pause();
      stopReading(socket);
      socket.removeAllListeners('data').removeAllListeners('end').off('close', forget);
      forget();
      this.#route(key, read.toString('latin1'), socket);
    });
  }

  #route(key: string, bytes: string, socket: Socket): void {
    const listener = this.#listeners.get(key);
    if (listener === undefined || this.#isClosed) {
      socket.destroy();
      return;
    }
    const worker = this.#choose(listener, markIn(bytes.slice(0, bytes.indexOf('\r\n'))));
    if (worker !== undefined) this.#hand(worker, { source: routingSource, act: 'connection', key, bytes }, socket);
    else if (listener.waiting.length < mostWaiting) listener.waiting.push([bytes, socket]);
    else socket.destroy();
  }

  #choose(listener: Listener, mark: string | undefined): Worker | undefined {
    const workers = [...listener.workers];
    // A session of a worker that is gone is gone too: any other tells the client so.
    const owner = mark === undefined ? undefined : workers.find((worker) => markOf(worker) === mark);
    if (owner !== undefined) return owner;
    const fewest = Math.min(...workers.map((worker) => this.#load(worker)));
    const free = workers.filter((worker) => this.#load(worker) === fewest);
    return free[listener.turn++ % free.length];
  }

  #load(worker: Worker): number {
    const road = this.#roads.get(worker);
    return road === undefined ? 0 : road.queue.length + (road.onTheWay === null ? 0 : 1);
  }

  #hand(worker: Worker, message: ConnectionMessage, socket: Socket): void {
    let road = this.#roads.get(worker);
    if (road === undefined) this.#roads.set(worker, (road = { queue: [], onTheWay: null }));
    road.queue.push([message, socket]);
    if (road.onTheWay === null) this.#handNext(worker, road);
  }

  #onTaken(worker: Worker): void {
    const road = this.#roads.get(worker);
    if (road === undefined) return;
    // The worker has its own hold on the connection: this ends nothing.
    road.onTheWay?.destroy();
    road.onTheWay = null;
    this.#handNext(worker, road);
  }

  #handNext(worker: Worker, road: Road): void {
    const next = road.queue.shift();
    if (next === undefined) return;
    const [message, socket] = next;
    road.onTheWay = socket;
    worker.send(message, socket, { keepOpen: true }, ignore);
  }
}

function tell(worker: Worker, message: PrimaryMessage): void {
  if (worker.isConnected()) worker.send(message, undefined as never, undefined, ignore);
}

function ignore(): void {}
