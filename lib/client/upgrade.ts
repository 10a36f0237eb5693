import type { EnginePacket } from '../protocol/index.js';
import { TransportError } from './transport/transport-error.js';
import type { Transport, TransportSink } from './transport/transport.js';

/** What an upgrade asks of an engine. */
export interface UpgradableEngine {
  readonly transport: Transport;
  /** Makes a transport for the session. */
  createTransport(name: string, sink: TransportSink): Transport | undefined;
  /** Nothing is written while the current transport comes to rest. */
  onUpgrading(transport: Transport): void;
  /** The session is carried by this transport from now on. */
  onUpgrade(transport: Transport): void;
  onUpgradeError(error: Error): void;
  /** Starts something later, unless the engine closes before. */
  later(run: () => void, delay: number): void;
}

/** Looks for a better transport among those that the server offers; returns how to give up. */
export type UpgradeStart = (engine: UpgradableEngine, offered: readonly string[]) => () => void;

/** How much later WebSocket begins where WebTransport is tried too, in milliseconds. */
const webSocketDelay = 200;

/**
 * Tries every transport that the server offers; the first to answer carries the session.
 *
 * @see Engine.IO v4 §Upgrade
 */
export const startUpgrades: UpgradeStart = (engine, offered) => {
  const attempts: UpgradeAttempt[] = [];
  let isOver = false;
  const abandon = (): void => {
    isOver = true;
    for (const attempt of attempts) attempt.abandon();
  };
  const start = (name: string): void => {
    const attempt = new UpgradeAttempt(engine, abandon);
    const transport = engine.createTransport(name, attempt);
    if (transport === undefined) return;
    attempts.push(attempt);
    attempt.start(transport);
  };
  const hasWebTransport = offered.includes('webtransport');
  for (const name of new Set(offered)) {
    if (hasWebTransport && name === 'websocket') engine.later(() => isOver || start(name), webSocketDelay);
    else start(name);
  }
  return abandon;
};

/** One transport that is tried while another one carries the session. */
class UpgradeAttempt implements TransportSink {
  readonly #engine: UpgradableEngine;
  readonly #abandonAll: () => void;
  #transport!: Transport;
  #state: 'probing' | 'pausing' | 'done' | 'abandoned' = 'probing';

  constructor(engine: UpgradableEngine, abandonAll: () => void) {
    this.#engine = engine;
    this.#abandonAll = abandonAll;
  }

  start(transport: Transport): void {
    this.#transport = transport;
    transport.open();
  }

  /** Gives up without a report, unless the session has gone over already. */
  abandon(): void {
    if (this.#state === 'done' || this.#state === 'abandoned') return;
    this.#state = 'abandoned';
    this.#transport.close();
  }

  onTransportOpen(): void {
    this.#transport.send([{ type: 'ping', data: 'probe' }]);
  }

  onPacket({ type, data }: EnginePacket): void {
    if (this.#state !== 'probing') return;
    if (type !== 'pong' || data !== 'probe') {
      this.onTransportError(new TransportError('probe error'));
      return;
    }
    // The others come too late.
    this.#state = 'done';
    this.#abandonAll();
    this.#state = 'pausing';
    this.#engine.onUpgrading(this.#transport);
    this.#engine.transport.pause(() => this.#finish());
  }

  onDrain(): void {}

  onTransportError(error: TransportError): void {
    const wasPausing = this.#state === 'pausing';
    if (this.#state !== 'probing' && !wasPausing) return;
    this.abandon();
    if (wasPausing) this.#engine.transport.resume();
    this.#engine.onUpgradeError(Object.assign(error, { transport: this.#transport.name }));
  }

  onTransportClose(): void {
    this.onTransportError(new TransportError('transport closed'));
  }

  #finish(): void {
    if (this.#state !== 'pausing') return;
    this.#state = 'done';
    this.#transport.send([{ type: 'upgrade', data: '' }]);
    this.#engine.onUpgrade(this.#transport);
  }
}
