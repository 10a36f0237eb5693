import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, jest } from '@jest/globals';
import { natsAdapter, type NatsAdapterOptions } from '../../lib/cluster/nats/index.js';
import { Reroute } from '../interop/published-adapters/reroute.js';
import { freePort } from '../support/cluster-process.js';
import { startNats, type Nats } from '../support/nats.js';
import { BareNodes, type BareNode } from './bare-nodes.js';

/** A NATS of one group of tests, and nodes over it that end with each. */
export class OnNats {
  nats!: Nats;
  servers!: string;
  /** The port on which it tells of itself. */
  monitor!: number;
  connection!: NatsConnection;
  readonly nodes = new BareNodes();
  /** What is called behind each test, the first one first. */
  readonly closing: (() => unknown)[] = [];
  #prefixes = 0;

  /** Starts it, for the tests around the call. @param defaults of the nodes. */
  constructor(defaults: NatsAdapterOptions = {}) {
    this.start = (options) => this.nodes.start(natsAdapter({ ...defaults, ...options }));
    jest.setTimeout(60_000);
    beforeAll(() => this.#open());
    afterEach(async () => {
      await this.nodes.close();
      for (const close of this.closing.splice(0)) await close();
    });
    afterAll(async () => {
      await this.connection?.close();
      await this.nats?.stop();
    });
  }

  readonly start: (options: NatsAdapterOptions) => Promise<BareNode>;

  /** Nodes of one test have nothing of another. */
  readonly ownPrefix = (): string => `test${this.#prefixes++}`;

  /** A way to it that may be cut, at another address. */
  readonly viaReroute = async (): Promise<{ reroute: Reroute; server: string; lead: () => void }> => {
    const reroute = await Reroute.start();
    this.closing.push(() => reroute.stop());
    const lead = (): void => reroute.lead(`http://${this.servers}`);
    lead();
    return { reroute, server: `127.0.0.1:${new URL(reroute.url).port}`, lead };
  };

  async #open(): Promise<void> {
    this.monitor = await freePort();
    this.nats = await startNats({ args: ['-m', String(this.monitor)] });
    this.servers = `127.0.0.1:${this.nats.port}`;
    this.connection = await connect({ servers: this.servers });
  }
}
