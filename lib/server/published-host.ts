import { Frame, type Packet } from '../protocol/index.js';

/**
 * The names by which published adapters and the admin UI know a server, and what stands behind each of them here.
 *
 * They are no part of the types: nothing else in this package uses them, and applications have public names instead.
 */

/** What stands behind the names of a server. */
export interface PublishedServer {
  readonly namespaces: ReadonlyMap<string, unknown>;
  readonly optionsForAdapters: object;
  readonly engine: unknown;
}

/** What stands behind the names of a namespace. */
export interface PublishedNamespace {
  ackId: number;
  onServerSideEvent(args: readonly unknown[]): void;
}

/** What stands behind the names of a socket. */
export interface PublishedSocket {
  notifyOutgoing(packet: Packet): void;
  readonly nsp: { ackDeadline(): number };
  expectAck(id: number, onAck: (...args: unknown[]) => void, timeout: number): void;
  forgetAck(id: number): void;
}

/** What stands behind the names of a connection. */
export interface PublishedConnection {
  write(frame: Frame, isVolatile: boolean): void;
}

/** What published adapters pass to `writeToEngine`. */
interface WriteOptions {
  readonly volatile?: boolean;
  readonly compress?: boolean;
}

/** The open questions of a socket, as a map from ack ids. */
class PublishedAcks {
  readonly #socket: PublishedSocket;

  constructor(socket: PublishedSocket) {
    this.#socket = socket;
  }

  set(id: number, onAck: (...args: unknown[]) => void): this {
    // Asked by another node, nobody here would ever forget it.
    this.#socket.expectAck(id, onAck, this.#socket.nsp.ackDeadline());
    return this;
  }

  delete(id: number): void {
    this.#socket.forgetAck(id);
  }
}

/** Gives a server the names `_nsps`, `opts`, `_opts` and `eio`. */
export function publishServer(prototype: PublishedServer): void {
  defineGetter(prototype, '_nsps', (server) => server.namespaces);
  defineGetter(prototype, 'opts', (server) => server.optionsForAdapters);
  defineGetter(prototype, '_opts', (server) => server.optionsForAdapters);
  defineGetter(prototype, 'eio', (server) => server.engine);
}

/** Gives a namespace the names `_ids` and `_onServerSideEmit`. */
export function publishNamespace(prototype: PublishedNamespace): void {
  Object.defineProperty(prototype, '_ids', {
    configurable: true,
    get(this: PublishedNamespace) {
      return this.ackId;
    },
    set(this: PublishedNamespace, id: number) {
      this.ackId = id;
    },
  });
  defineMethod(prototype, '_onServerSideEmit', function (args: unknown[]) {
    this.onServerSideEvent(args);
  });
}

/** Gives a socket the names `acks` and `notifyOutgoingListeners`. */
export function publishSocket(prototype: PublishedSocket): void {
  defineGetter(prototype, 'acks', (socket) => new PublishedAcks(socket));
  defineMethod(prototype, 'notifyOutgoingListeners', function (packet: Packet) {
    this.notifyOutgoing(packet);
  });
}

/** Gives a connection the name `writeToEngine`. */
export function publishConnection(prototype: PublishedConnection): void {
  defineMethod(prototype, 'writeToEngine', function (messages: Messages, options: WriteOptions = {}) {
    this.write(frameOf(messages, options.compress !== false), options.volatile === true);
  });
}

type Messages = readonly (string | Uint8Array)[];

// An adapter hands the same messages to every receiver: they share one frame, and its bytes.
const frames = new WeakMap<Messages, Frame>();

function frameOf(messages: Messages, compress: boolean): Frame {
  let frame = frames.get(messages);
  if (frame === undefined) {
    frame = new Frame('message', messages, compress);
    frames.set(messages, frame);
  }
  return frame;
}

function defineGetter<Host extends object>(prototype: Host, name: string, get: (host: Host) => unknown): void {
  Object.defineProperty(prototype, name, {
    configurable: true,
    get(this: Host) {
      return get(this);
    },
  });
}

function defineMethod<Host extends object, Args extends never[]>(
  prototype: Host,
  name: string,
  value: (this: Host, ...args: Args) => void,
): void {
  Object.defineProperty(prototype, name, { configurable: true, writable: true, value });
}
