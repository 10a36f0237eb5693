import type { ResolvedPostgresOptions } from './options.js';
import { creation, deliverySchemaOf, type DeliverySchema } from './schema.js';

/** The tables of delivery logs: made when the first log needs them, and cleaned with the others. */
export class DeliveryTables {
  readonly schema: DeliverySchema;
  readonly #query: (text: string) => Promise<unknown>;
  #making: Promise<void> | null = null;

  /** @param query asks PostgreSQL; rejects while it is away. */
  constructor(options: ResolvedPostgresOptions, query: (text: string) => Promise<unknown>) {
    this.#query = query;
    this.schema = deliverySchemaOf(options);
  }

  /** Resolves once they are there. */
  made(): Promise<void> {
    this.#making ??= this.#make();
    return this.#making;
  }

  /** Something has failed: whether they are there is looked at again. */
  forget(): void {
    this.#making = null;
  }

  /** Lets go of what is too old, where there is a log. */
  async clean(): Promise<void> {
    if (this.#making === null) return;
    const { streams, deliveries } = this.schema;
    for (const table of [deliveries, streams]) {
      // It waits for nobody who appends, who may wait for it.
      await this.#query(
        `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM ${table} WHERE expires_at <= now() FOR UPDATE SKIP LOCKED
         ))`,
      );
    }
  }

  async #make(): Promise<void> {
    for (const [table, definition] of this.schema.definitions) await this.#query(creation(table, definition));
  }
}
