import { afterAll, afterEach, beforeAll, jest } from '@jest/globals';
import pg from 'pg';
import { postgresAdapter, type PostgresAdapterOptions } from '../../lib/cluster/postgres/index.js';
import { Reroute } from '../interop/published-adapters/reroute.js';
import { startPostgres, type Postgres } from '../support/postgres.js';
import { BareNodes, type BareNode } from './bare-nodes.js';

/** A PostgreSQL of one group of tests, and nodes over it that end with each. */
export class OnPostgres {
  postgres!: Postgres;
  connection!: { host: string; port: number; user: string };
  pool!: pg.Pool;
  readonly nodes = new BareNodes();
  /** What is called behind each test, the first one first. */
  readonly closing: (() => unknown)[] = [];
  #prefixes = 0;

  /** Starts it, for the tests around the call. @param defaults of the nodes. */
  constructor(defaults: PostgresAdapterOptions = {}) {
    this.start = (options) => this.nodes.start(postgresAdapter({ ...defaults, ...options }));
    jest.setTimeout(60_000);
    beforeAll(() => this.#open(), 60_000);
    afterEach(async () => {
      await this.nodes.close();
      for (const close of this.closing.splice(0)) await close();
    });
    afterAll(async () => {
      await this.pool?.end();
      await this.postgres?.stop();
    });
  }

  readonly start: (options: PostgresAdapterOptions) => Promise<BareNode>;

  /** Nodes of one test have nothing of another. */
  readonly ownPrefix = (): string => `test${this.#prefixes++}`;

  /** A way to it that may be cut, by another port. */
  readonly viaReroute = async (): Promise<{ reroute: Reroute; port: number; lead: () => void }> => {
    const reroute = await Reroute.start();
    this.closing.push(() => reroute.stop());
    const lead = (): void => reroute.lead(`http://127.0.0.1:${this.postgres.port}`);
    lead();
    return { reroute, port: Number(new URL(reroute.url).port), lead };
  };

  async #open(): Promise<void> {
    this.postgres = await startPostgres();
    this.connection = { host: '127.0.0.1', port: this.postgres.port, user: 'postgres' };
    this.pool = new pg.Pool({ ...this.connection, max: 4 });
    this.pool.on('error', () => {});
  }
}
