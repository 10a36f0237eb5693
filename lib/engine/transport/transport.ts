import type { IncomingMessage } from 'node:http';
import type { Frame } from '../../protocol/index.js';

/** The names of the transports, as they stand in the `transport` query parameter. */
export type TransportName = 'polling' | 'websocket' | 'webtransport';

/** Why a transport ended. `error` is set when it did not end by the peer's ordinary close. */
export interface TransportCloseCause {
  readonly kind: 'peer-closed' | 'error' | 'parse-error' | 'closed-by-us';
  readonly error?: Error;
}

/** Why a transport is closed, as a WebSocket tells it. @see RFC 6455 §7.4 */
export interface TransportCloseReason {
  readonly code: number;
  /** At most 123 bytes. */
  readonly text: string;
}

/** What a transport reports to. Its methods are the specification's packet types: a message needs no packet object. */
export interface TransportSink {
  onMessage(data: string | Buffer): void;
  onControl(type: 'ping' | 'pong' | 'upgrade' | 'close' | 'noop', data: string): void;
  /** The transport can take packets again. */
  onWritable(): void;
  /** Called exactly once. */
  onTransportClose(cause: TransportCloseCause): void;
}

/** A way to carry packets between one client and one session. */
export interface Transport {
  readonly name: TransportName;
  /** Whether `send` may be called now. */
  readonly writable: boolean;
  /** The request that brought the transport; `undefined` where there was none. */
  readonly request: IncomingMessage | undefined;
  /** Replaces the sink: an upgrade hands a transport from the attempt to the session. */
  attach(sink: TransportSink): void;
  /** Returns the frame with its bytes as they are now: they are the caller's, who may change them before `send`. */
  keep(frame: Frame): Frame;
  /** Sends frames in order, in one write where it can. Called only while `writable`. */
  send(frames: readonly Frame[]): void;
  /**
   * Reads nothing more until `resume()`, so that the peer has to wait with what it sends; safe to call twice.
   *
   * What has been read already is still handed on, where the transport cannot hold it back.
   */
  pause(): void;
  /** Reads on; does nothing unless it is paused. */
  resume(): void;
  /**
   * Ends the transport after what was sent, telling the peer; safe to call twice.
   *
   * @param isFinal report the end now, even if the peer can only be told later.
   * @param reason told to the peer where the transport can; nothing more than that it is over by default.
   */
  close(isFinal: boolean, reason?: TransportCloseReason): void;
}

/** What a transport reports to until somebody takes it. */
export const detached: TransportSink = { onMessage() {}, onControl() {}, onWritable() {}, onTransportClose() {} };
