/** What a query gives, of the library `pg`. */
export interface PgResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

// What an emitter hands over depends on the event: each listener says what it takes.
// oxlint-disable-next-line typescript/no-explicit-any
export type PgListener = (...args: any[]) => void;

/** A connection of the library `pg`. */
export interface PgClient {
  query(text: string, values?: unknown[]): Promise<PgResult>;
  on(event: string, listener: PgListener): unknown;
  removeListener(event: string, listener: PgListener): unknown;
}

/** A pool of the library `pg`. */
export interface PgPool {
  connect(): Promise<PgClient & { release(destroy?: boolean): void }>;
}

/** A connection that is opened here. */
export interface OwnPgClient extends PgClient {
  connect(): Promise<unknown>;
  end(): Promise<void>;
}

export interface PgNotification {
  readonly channel: string;
  readonly payload?: string | undefined;
}

/** Classes of SQL states that pass: the connection, a rollback, resources, locks, an operator. */
const passing = /^(08|40|53|55|57)/;

/** Whether PostgreSQL has refused something for good; otherwise it may be asked again. */
export function isRefusal(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !passing.test(code);
}
