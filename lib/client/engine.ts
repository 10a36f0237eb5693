import { BaseEngine } from './base-engine.js';
import type { EngineBuild } from './engine-build.js';
import type { EngineHandler } from './engine-events.js';
import type { EngineOptions } from './options.js';
import { watchPage } from './page.js';
import type { Timer } from './timers.js';
import type { TransportError } from './transport/transport-error.js';
import type { Transport, TransportClass, TransportSink } from './transport/transport.js';
import type { UpgradableEngine } from './upgrade.js';

/** An Engine.IO session that has several transports to choose from, and goes over to a better one. */
export class Engine extends BaseEngine implements UpgradableEngine {
  /** Whether the last WebSocket has worked: `rememberUpgrade` asks for it. */
  static priorWebsocketSuccess = false;

  /** Whether the session is going over to another transport: nothing is written meanwhile. */
  upgrading = false;
  readonly #candidates: TransportClass[];
  readonly #later = new Set<Timer>();
  #abandonUpgrades: () => void = () => {};
  #leavePage: () => void = () => {};

  constructor(options: EngineOptions, build: EngineBuild, handler: EngineHandler) {
    super(options, build, handler);
    const named = options.transports?.map((each) =>
      typeof each === 'string' ? build.transports.find(({ transportName }) => transportName === each) : each,
    );
    this.#candidates = [...(named ?? build.transports)].filter((each) => each !== undefined);
  }

  override open(): void {
    if (this.#candidates.length > 0) {
      super.open();
      return;
    }
    this.readyState = 'opening';
    this.later(() => this.failed(new Error('No transports available')), 0);
  }

  later(run: () => void, delay: number): void {
    const timer = this.timers.set(() => {
      this.#later.delete(timer);
      run();
    }, delay);
    this.#later.add(timer);
  }

  createTransport(name: string, sink: TransportSink): Transport | undefined {
    const Class = this.#named(name);
    return Class && this.create(Class, sink);
  }

  override onTransportError(error: TransportError): void {
    Engine.priorWebsocketSuccess = false;
    if (this.opts.tryAllTransports === true && this.readyState === 'opening' && this.#candidates.length > 1) {
      this.#candidates.shift();
      this.open();
    } else {
      super.onTransportError(error);
    }
  }

  onUpgrading(transport: Transport): void {
    this.upgrading = true;
    this.notify('upgrading', transport);
  }

  onUpgrade(transport: Transport): void {
    this.transport = transport;
    transport.sink = this;
    this.#rememberTransport();
    this.#goOn('upgrade', transport);
  }

  onUpgradeError(error: Error): void {
    this.#goOn('upgradeError', error);
  }

  protected override firstTransport(): TransportClass | undefined {
    const isRemembered = this.opts.rememberUpgrade === true && Engine.priorWebsocketSuccess;
    return (isRemembered && this.#named('websocket')) || this.#candidates[0];
  }

  protected override create(Class: TransportClass, sink: TransportSink): Transport {
    const transport = super.create(Class, sink);
    if (this.opts.forceBase64 === true) transport.query['b64'] = '1';
    return transport;
  }

  protected override flush(): void {
    if (!this.upgrading) super.flush();
  }

  protected override finishClosing(): void {
    if (!this.upgrading) super.finishClosing();
  }

  protected override onOpen(): void {
    this.#leavePage = watchPage(
      this.opts,
      (details) => this.onTransportClose(details),
      () => this.transport.close(),
    );
    this.#rememberTransport();
    const { upgrades } = this.handshake!;
    // A broken server may have put anything there.
    if (this.opts.upgrade === false || this.build.upgrade === undefined || !Array.isArray(upgrades)) return;
    this.#abandonUpgrades = this.build.upgrade(this, upgrades);
  }

  protected override onEnd(): void {
    for (const timer of this.#later) this.timers.clear(timer);
    this.#abandonUpgrades();
    this.#leavePage();
  }

  #named(name: string): TransportClass | undefined {
    return this.#candidates.find(({ transportName }) => transportName === name);
  }

  #rememberTransport(): void {
    Engine.priorWebsocketSuccess = this.transport.name === 'websocket';
  }

  #goOn(event: 'upgrade' | 'upgradeError', about: Transport | Error): void {
    this.upgrading = false;
    this.notify(event, about);
    this.flush();
    this.finishClosing();
  }
}
