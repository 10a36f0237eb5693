import { Frame } from '../protocol/index.js';
import { TimerNode } from '../shared/index.js';
import type { EngineSocket, PendingUpgrade } from './engine-socket.js';
import { PollingTransport } from './transport/polling.js';
import type { Transport, TransportSink } from './transport/transport.js';

const probePong = new Frame('pong', ['probe'], false);

/**
 * One attempt to move a session to another transport: probing, then upgraded or abandoned.
 *
 * Whatever goes wrong here ends the new transport and leaves the session where it is.
 *
 * @see Engine.IO v4 §Upgrade
 */
export class UpgradeAttempt extends TimerNode implements TransportSink, PendingUpgrade {
  readonly #session: EngineSocket;
  readonly #transport: Transport;
  #state: 'probing' | 'probed' | 'decided' = 'probing';

  constructor(session: EngineSocket, transport: Transport) {
    super();
    this.#session = session;
    this.#transport = transport;
    session.setUpgrade(this);
    transport.attach(this);
    session.server.wheel.schedule(this, session.server.opts.upgradeTimeout);
  }

  /** Gives up; the session stays as it is. */
  abandon(): void {
    if (this.#decide()) this.#transport.close(true);
  }

  onMessage(): void {
    this.abandon();
  }

  onControl(type: 'ping' | 'pong' | 'upgrade' | 'close' | 'noop', data: string): void {
    if (type === 'ping' && data === 'probe' && this.#state === 'probing') this.#answerProbe();
    else if (type === 'upgrade' && this.#state === 'probed' && this.#session.readyState !== 'closed') this.#switch();
    else this.abandon();
  }

  onWritable(): void {}

  onTransportClose(): void {
    this.#decide();
  }

  onTimer(): void {
    this.abandon();
  }

  #answerProbe(): void {
    this.#state = 'probed';
    this.#transport.send([probePong]);
    this.#session.emit('upgrading', this.#transport);
    setUpgrading(this.#session.transport, true);
  }

  #switch(): void {
    const before = this.#session.transport;
    this.#state = 'decided';
    this.#session.server.wheel.cancel(this);
    if (before instanceof PollingTransport) before.retire();
    this.#session.switchTo(this.#transport);
  }

  #decide(): boolean {
    if (this.#state === 'decided') return false;
    this.#state = 'decided';
    this.#session.server.wheel.cancel(this);
    this.#session.setUpgrade(null);
    setUpgrading(this.#session.transport, false);
    return true;
  }
}

function setUpgrading(transport: Transport, isUpgrading: boolean): void {
  if (transport instanceof PollingTransport) transport.setUpgrading(isUpgrading);
}
