import { RookeryError } from '../../shared/index.js';
import { deferred, inTime, type Deferred } from '../deferred.js';
import { load } from '../peers.js';
import { DeliveryTables } from './delivery-tables.js';
import type { ResolvedPostgresOptions } from './options.js';
import type { OwnPgClient, PgClient, PgNotification, PgResult } from './pg-client.js';
import { PostgresOutbox } from './postgres-outbox.js';
import { creation, schemaOf, type Schema } from './schema.js';

/** A namespace that uses the connection. */
export interface PostgresUser {
  /** What it listens to. */
  readonly channelName: string;
  /** What its node is known by to those that ask whether it is there. */
  readonly presence: string;
  onNotification(payload: string): void;
  /** PostgreSQL is there again, and the channel is listened to; or it is not. */
  onReachable(isReachable: boolean, error?: Error): void;
}

/** A connection while it works. */
interface Connected {
  readonly client: PgClient;
  /** Rejects when it is gone. */
  readonly ended: Deferred<never>;
  /** Closes it, or gives it back. */
  close(isBroken: boolean): void;
}

/** A pause before PostgreSQL is tried again, in milliseconds. */
const retryPause = 500;

/** A pause before it is asked again, in milliseconds. */
const questionPause = 250;

/** One connection that the namespaces of one factory share: opened for the first, closed after the last. */
export class PostgresHub {
  readonly options: ResolvedPostgresOptions;
  readonly schema: Schema;
  readonly outbox: PostgresOutbox;
  readonly deliveryTables: DeliveryTables;
  /** Of one channel there are several where servers of one process share a factory. */
  readonly #users = new Set<PostgresUser>();
  #isRunning = false;
  #wake: () => void = () => {};
  #connected: Connected | null = null;
  #isReachable = false;
  #lastError: Error | undefined;
  /** Pending while PostgreSQL is away. */
  #coming: Deferred<void> = deferred();
  #cleaning: ReturnType<typeof setInterval> | null = null;

  constructor(options: ResolvedPostgresOptions) {
    this.options = options;
    this.schema = schemaOf(options);
    this.outbox = new PostgresOutbox(this);
    this.deliveryTables = new DeliveryTables(options, (text) => this.query(text));
  }

  get isReachable(): boolean {
    return this.#isReachable;
  }

  /** Connects and listens; rejects when that takes too long, and goes on trying. */
  async join(user: PostgresUser): Promise<void> {
    if (this.options.pool === undefined) await load('pg', 'rookery/postgres');
    this.#users.add(user);
    if (!this.#isRunning) {
      this.#isRunning = true;
      this.#cleaning = setInterval(() => void this.#clean(), this.options.cleanupInterval);
      this.#cleaning.unref();
      void this.#run();
    } else if (this.#isReachable) {
      if (this.#connected !== null) await this.#enter(this.#connected, user);
      user.onReachable(true);
    }
    await this.inTime(this.reachable());
  }

  async leave(user: PostgresUser): Promise<void> {
    if (!this.#users.delete(user)) return;
    if (this.#users.size > 0) {
      const isHeard = [...this.#users].some(({ channelName }) => channelName === user.channelName);
      if (!this.#isReachable) return;
      if (!isHeard) await this.query(`UNLISTEN ${quoted(user.channelName)}`).catch(() => {});
      await this.query('SELECT pg_advisory_unlock_shared(hashtextextended($1, 0))', [user.presence]).catch(() => {});
      return;
    }
    this.#isRunning = false;
    if (this.#cleaning !== null) clearInterval(this.#cleaning);
    this.#setReachable(false);
    this.#wake();
    const connected = this.#connected;
    this.#connected = null;
    if (connected === null) return;
    // A pool hands it to others, who shall hear nothing.
    const leaving = connected.client.query('UNLISTEN *; SELECT pg_advisory_unlock_all()');
    const isClean = await inTime(leaving, retryPause, () => this.isAway()).then(
      () => true,
      () => false,
    );
    connected.close(!isClean);
  }

  /** Resolves when PostgreSQL can be reached. */
  reachable(): Promise<void> {
    return this.#coming.promise;
  }

  /** Something has failed: resolves after a moment, when PostgreSQL can be reached. */
  async back(): Promise<void> {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, questionPause).unref();
    });
    await this.reachable();
  }

  /** Asks over the one connection: in its order. A connection that does not answer is given up. */
  async query(text: string, values?: unknown[]): Promise<PgResult> {
    const connected = this.#connected;
    if (connected === null) throw this.isAway();
    return this.#ask(connected, text, values);
  }

  /** What PostgreSQL is asked, with an end; rejects with what is known about why. */
  inTime<T>(asked: Promise<T>): Promise<T> {
    return inTime(asked, this.options.connectTimeout, () => this.#tooLate());
  }

  isAway(cause: unknown = this.#lastError): RookeryError {
    const message = 'PostgreSQL cannot be reached: other nodes may not get this message';
    return new RookeryError('CLUSTER_UNREACHABLE', message, { cause });
  }

  /** Which of them are gone: the lock that each has as long as its connection can be had. */
  async findGone(presences: readonly string[]): Promise<string[]> {
    const { rows } = await this.query(
      'SELECT name FROM unnest($1::text[]) AS name WHERE pg_try_advisory_xact_lock(hashtextextended(name, 0))',
      [presences],
    );
    return rows.map((row) => row['name'] as string);
  }

  async #enter(connected: Connected, user: PostgresUser): Promise<void> {
    await this.#ask(connected, `LISTEN ${quoted(user.channelName)}`);
    // Shared: where a connection was lost and PostgreSQL has not noticed, the next one does not wait for it.
    await this.#ask(connected, 'SELECT pg_advisory_lock_shared(hashtextextended($1, 0))', [user.presence]);
  }

  async #ask({ client, ended }: Connected, text: string, values?: unknown[]): Promise<PgResult> {
    const timer = setTimeout(() => ended.reject(this.#tooLate()), this.options.connectTimeout);
    timer.unref();
    try {
      return await Promise.race([client.query(text, values), ended.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #run(): Promise<void> {
    while (this.#isRunning) {
      let connected: Connected | undefined;
      try {
        connected = await this.#connect();
        await this.#use(connected);
      } catch (error) {
        if (this.#connected === connected) this.#connected = null;
        if (this.#isRunning) {
          connected?.close(true);
          this.#setReachable(false, error as Error);
        }
      }
      if (!this.#isRunning) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, retryPause).unref();
      });
    }
  }

  async #connect(): Promise<Connected> {
    const ended = deferred<never>();
    ended.promise.catch(() => {});
    const onEnd = (): void => ended.reject(new Error('The connection to PostgreSQL has ended'));
    const onError = (error: Error): void => ended.reject(error);
    const onNotification = ({ channel, payload = '' }: PgNotification): void => {
      for (const user of this.#users) if (user.channelName === channel) user.onNotification(payload);
    };
    const listeners = { end: onEnd, error: onError, notification: onNotification };
    const listen = (client: PgClient): void => {
      for (const [event, listener] of Object.entries(listeners)) client.on(event, listener);
    };
    const { pool, connection } = this.options;
    if (pool !== undefined) {
      const client = await this.inTime(pool.connect());
      listen(client);
      const close = (isBroken: boolean): void => {
        for (const [event, listener] of Object.entries(listeners)) client.removeListener(event, listener);
        // It may still fail, with nobody there.
        if (isBroken) client.on('error', () => {});
        client.release(isBroken);
      };
      return { client, ended, close };
    }
    const { Client } = await load('pg', 'rookery/postgres');
    const client = new Client(connection) as OwnPgClient;
    listen(client);
    const close = (): void => void client.end().catch(() => {});
    try {
      await this.inTime(Promise.race([client.connect(), ended.promise]));
    } catch (error) {
      close();
      throw error;
    }
    return { client, ended, close };
  }

  /** Rejects when the connection is gone. */
  async #use(connected: Connected): Promise<void> {
    for (const [table, definition] of this.schema.definitions) {
      await this.#ask(connected, creation(table, definition));
    }
    const entered = [...this.#users];
    for (const user of entered) await this.#enter(connected, user);
    if (!this.#isRunning) {
      connected.close(false);
      return;
    }
    this.#connected = connected;
    // Those that have come meanwhile.
    for (const user of this.#users) if (!entered.includes(user)) await this.#enter(connected, user);
    this.#setReachable(true);
    await connected.ended.promise;
  }

  #setReachable(isReachable: boolean, error?: Error): void {
    if (error !== undefined) this.#lastError = error;
    if (isReachable !== this.#isReachable) {
      this.#isReachable = isReachable;
      if (isReachable) this.#coming.resolve();
      else this.#coming = deferred();
    }
    for (const user of this.#users) user.onReachable(isReachable, error);
    if (isReachable) this.outbox.resume();
  }

  async #clean(): Promise<void> {
    const { cleanupInterval, recovery } = this.options;
    const { attachments, messages, positions, sessions } = this.schema;
    const older = (age: number): string => `created_at < now() - interval '${Math.round(age)} milliseconds'`;
    try {
      await this.query(`DELETE FROM ${attachments} WHERE ${older(cleanupInterval)}`);
      await this.deliveryTables.clean();
      if (recovery === undefined) return;
      await this.query(`DELETE FROM ${messages} WHERE ${older(recovery.maxAge)}`);
      await this.query(
        `DELETE FROM ${messages} message USING ${positions} place
         WHERE message.channel = place.channel AND message.id <= place.last - $1`,
        [recovery.maxMessages],
      );
      await this.query(`DELETE FROM ${sessions} WHERE ${older(recovery.maxAge)}`);
    } catch (error) {
      for (const user of this.#users) user.onReachable(this.#isReachable, error as Error);
    }
  }

  #tooLate(): RookeryError {
    const { connectTimeout } = this.options;
    const cause = this.#lastError;
    const why = cause === undefined ? '' : `: ${cause.message === '' ? cause.name : cause.message}`;
    return new RookeryError('CLUSTER_UNREACHABLE', `PostgreSQL did not answer in ${connectTimeout} ms${why}`, {
      cause,
    });
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
