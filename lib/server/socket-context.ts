import type { IncomingMessage } from 'node:http';
import type { EngineSocket } from '../engine/index.js';
import type { Frame, Packet } from '../protocol/index.js';
import type { BroadcastHost } from './broadcast-host.js';
import type { BroadcastTarget } from './broadcast-operator.js';
import type { Dialect } from './dialect.js';
import type { DispatchQueue } from './dispatch-queue.js';
import type { EventsMap } from '../shared/index.js';
import type { ResolvedNamespaceLimits } from './namespace-limits.js';
import type { Deliveries } from './reliable/deliveries.js';

/** The connection a socket shares with the sockets of other namespaces; applications know it as `socket.client`. */
export interface SocketConnection {
  readonly id: string;
  /** The Engine.IO session. */
  readonly conn: EngineSocket;
  readonly request: IncomingMessage | undefined;
  /** @internal */
  readonly dialect: Dialect;
  /** @internal */
  write(frame: Frame, isVolatile: boolean): void;
  /** The socket has left its namespace. @internal */
  release(namespace: string): void;
  /** Disconnects every namespace, then closes the session. @internal */
  disconnect(): void;
}

/** A namespace as its sockets see it; applications know it as `socket.nsp`. */
export interface SocketNamespace<
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> extends BroadcastHost<EmitEvents, ServerSideEvents, object, SocketData> {
  readonly name: string;
  readonly adapter: BroadcastTarget['adapter'];
  readonly boundary: BroadcastTarget['boundary'];
  readonly ackTimeout: number;
  /** @internal */
  emitReliable: BroadcastTarget['emitReliable'];
  readonly sockets: BroadcastTarget['sockets'];
  /** @internal */
  askFor(timeout: number, ask: () => void): void;
  /** @internal */
  ackDeadline(): number;
  /** @internal */
  readonly limits: ResolvedNamespaceLimits;
  /** @internal */
  readonly dispatchQueue: DispatchQueue;
  /** @internal */
  encode(packet: Packet, compress: boolean): Frame;
  /** @internal */
  nextAckId(): number;
  /** Whether interrupted clients can come back. @internal */
  readonly canRecover: boolean;
  /** Whose the session of a socket is. @internal */
  ownerOf(socket: object): string | undefined;
  /** Whether events may be delivered reliably. @internal */
  readonly isReliable: boolean;
  /** Set where the adapter keeps what is delivered reliably. @internal */
  readonly deliveries: Deliveries | null;
  /** The socket is gone. @internal */
  remove(id: string): void;
  /** @internal */
  dispatchToApplication(socket: object, args: readonly unknown[]): boolean;
}
