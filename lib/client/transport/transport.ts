import type { EnginePacket } from '../../protocol/index.js';
import type { TransportOptions } from './transport-options.js';
import { TransportError } from './transport-error.js';

/** Why a connection has closed, as `disconnect` listeners get it. */
export interface CloseDetails {
  readonly description: string;
  readonly context?: unknown;
}

/** A packet that waits, with what its transport may do to it. */
export interface OutgoingPacket extends EnginePacket {
  readonly compress?: boolean | undefined;
}

/** What a transport reports to. */
export interface TransportSink {
  onTransportOpen(): void;
  onPacket(packet: EnginePacket): void;
  onDrain(): void;
  onTransportError(error: TransportError): void;
  onTransportClose(details: CloseDetails): void;
}

/** The query of a session's URLs. */
export type TransportQuery = Record<string, string>;

/** A kind of transport; `transportName` is its name on the wire. */
export interface TransportClass {
  readonly transportName: string;
  new (owner: TransportOptions, query: TransportQuery, sink: TransportSink): Transport;
}

/** A way to carry packets. It reports its end once, by an error or a close, and nothing after it. */
export abstract class Transport {
  static readonly transportName: string;
  /** Whether packets can be handed over now. */
  writable = false;
  /** Who hears of packets; an upgrade hands the transport on. */
  sink: TransportSink;
  /** The options of the manager, and those for this transport alone over them. */
  readonly options: TransportOptions;
  /** The options of the manager itself: what is shared between transports is known by them. */
  protected readonly owner: TransportOptions;
  protected state: 'new' | 'opening' | 'open' | 'closed' = 'new';
  /** What its URLs carry; the id of the session comes with the handshake. */
  readonly query: TransportQuery;

  constructor(owner: TransportOptions, query: TransportQuery, sink: TransportSink) {
    this.owner = owner;
    this.options = { ...owner, ...owner.transportOptions?.[this.name] };
    this.sink = sink;
    this.query = query;
  }

  /** The name on the wire, such as `websocket`. */
  get name(): string {
    return (this.constructor as unknown as TransportClass).transportName;
  }

  /** Connects. */
  open(): void {
    this.state = 'opening';
    this.start();
  }

  /** Hands packets over; `onDrain` follows, and nothing may be sent before. */
  send(packets: readonly OutgoingPacket[]): void {
    this.writable = false;
    this.write(packets);
  }

  /** Returns how many of the packets may be handed over at once. @param _limit in bytes, of one HTTP body. */
  take(packets: readonly OutgoingPacket[], _limit: number): number {
    return packets.length;
  }

  /** Ends the connection without a report. */
  close(): void {
    this.#end(this.state === 'open');
  }

  /** Calls back once nothing more comes or goes over this transport; its connection stays. */
  pause(done: () => void): void {
    done();
  }

  /** Goes on after `pause()`. */
  resume(): void {}

  protected abstract start(): void;
  protected abstract write(packets: readonly OutgoingPacket[]): void;
  /** Lets the connection go. @param tellServer whether the server is to know. */
  protected abstract release(tellServer: boolean): void;

  /** Begins to carry packets. */
  protected opened(): void {
    if (this.state !== 'opening') return;
    this.state = 'open';
    this.writable = true;
    this.sink.onTransportOpen();
  }

  /** Hands on what came in; what cannot be read is an error. */
  protected received(read: () => EnginePacket): void {
    if (this.state === 'closed') return;
    let packet: EnginePacket;
    try {
      packet = read();
    } catch (error) {
      this.fail('parser error', error);
      return;
    }
    if (packet.type === 'close') this.ended('transport closed by the server');
    else this.sink.onPacket(packet);
  }

  /** What was handed over is on its way. */
  protected drained(): void {
    if (this.state !== 'open') return;
    this.writable = true;
    this.sink.onDrain();
  }

  protected fail(message: string, description?: unknown, context?: unknown): void {
    if (this.#end(false)) this.sink.onTransportError(new TransportError(message, description, context));
  }

  protected ended(description: string, context?: unknown): void {
    if (this.#end(false)) this.sink.onTransportClose({ description, context });
  }

  /** The URL of the session. @param scheme without the `s` of a secure one. */
  protected url(scheme: string, isStamped: boolean, secure = this.options.secure): string {
    const { hostname, port, path, timestampParam = 't' } = this.options;
    const query = new URLSearchParams(this.query);
    if (isStamped) query.set(timestampParam, Math.random().toString(36).slice(2, 10));
    return `${scheme}${secure ? 's' : ''}://${hostname!}:${port!}${path!}?${query.toString()}`;
  }

  /** Returns `false` where there was nothing to end. */
  #end(tellServer: boolean): boolean {
    if (this.state === 'closed') return false;
    this.state = 'closed';
    this.writable = false;
    this.release(tellServer);
    return true;
  }
}
