import { RookeryError } from '../../shared/index.js';
import { deferred, inTime, type Deferred } from '../deferred.js';
import { load } from '../peers.js';
import type { NatsConnection, NatsMessage } from './nats-connection.js';
import type { ResolvedNatsOptions } from './options.js';

/** A namespace that uses the connection. */
export interface NatsUser {
  /** There is a connection, the first one or another one: what was subscribed to before is so no more. */
  onConnection(connection: NatsConnection): void;
  /** NATS is there again, or is not. */
  onReachable(isReachable: boolean, error?: Error): void;
}

/** One run of the connection, from the first namespace that joins to the last that leaves. */
interface Session {
  isOver: boolean;
  /** Resolves at once what waits for the next attempt. */
  wake: () => void;
}

/** A pause before NATS is tried again, in milliseconds. */
const retryPause = 500;

/** The connection that the namespaces of one factory share: opened for the first, closed after the last. */
export class NatsHub {
  readonly options: ResolvedNatsOptions;
  readonly #users = new Set<NatsUser>();
  #session: Session | null = null;
  #connection: NatsConnection | null = null;
  #isReachable = false;
  #lastError: Error | undefined;
  /** Pending while NATS is away. */
  #coming: Deferred<void> = deferred();
  /** Pending while NATS is there. */
  #going: Deferred<never> = quiet();

  constructor(options: ResolvedNatsOptions) {
    this.options = options;
  }

  get isReachable(): boolean {
    return this.#isReachable;
  }

  /** How many bytes a message may have. */
  get maxPayload(): number {
    return this.#connection?.info?.max_payload ?? 1_048_576;
  }

  /** Connects; rejects when that takes too long, and goes on trying. */
  async join(user: NatsUser): Promise<void> {
    this.#users.add(user);
    if (this.#session === null) {
      const session: Session = { isOver: false, wake: () => {} };
      this.#session = session;
      const { connection } = this.options;
      if (connection === undefined) {
        const { connect } = await load('@nats-io/transport-node', 'rookery/nats');
        void this.#run(session, () => connect(this.options.connectOptions) as Promise<NatsConnection>);
      } else {
        void this.#run(session, async () => connection);
      }
    } else if (this.#connection !== null) {
      user.onConnection(this.#connection);
      user.onReachable(this.#isReachable);
    }
    await this.inTime(this.reachable());
  }

  /** Closes the connection after the last one, where it is an own one. */
  async leave(user: NatsUser): Promise<void> {
    if (!this.#users.delete(user) || this.#users.size > 0) return;
    const connection = this.#connection;
    this.#setReachable(false);
    if (this.#session !== null) {
      this.#session.isOver = true;
      this.#session.wake();
    }
    this.#session = null;
    this.#connection = null;
    if (this.options.connection === undefined) await connection?.close().catch(() => {});
  }

  /** @throws RookeryError `CLUSTER_UNREACHABLE` when there is no connection. */
  connection(): NatsConnection {
    if (this.#connection === null || this.#connection.isClosed()) throw this.isAway();
    return this.#connection;
  }

  /** Resolves when NATS can be reached. */
  reachable(): Promise<void> {
    return this.#coming.promise;
  }

  /** Resolves when NATS has taken all that was published; rejects when it went away before. */
  async confirm(): Promise<void> {
    const connection = this.connection();
    const watchdog = setTimeout(() => this.#setReachable(false, this.#tooLate()), this.options.connectTimeout);
    watchdog.unref();
    try {
      await connection.flush();
    } finally {
      clearTimeout(watchdog);
    }
    // It has been slow, and is no more.
    if (connection === this.#connection) this.#setReachable(true);
  }

  /** Asks, and gives up as soon as NATS is away. */
  request(
    subject: string,
    payload: Uint8Array,
    options: { readonly timeout?: number; readonly headers?: object } = {},
  ): Promise<NatsMessage> {
    const asked = this.connection().request(subject, payload, { timeout: this.options.connectTimeout, ...options });
    return Promise.race([asked, this.#going.promise]);
  }

  /** What NATS is asked, with an end; rejects with what is known about why. */
  inTime<T>(asked: Promise<T>): Promise<T> {
    return inTime(asked, this.options.connectTimeout, () => this.#tooLate());
  }

  isAway(cause: unknown = this.#lastError): RookeryError {
    const message = 'NATS cannot be reached: other nodes may not get this message';
    return new RookeryError('CLUSTER_UNREACHABLE', message, { cause });
  }

  async #run(session: Session, connect: () => Promise<NatsConnection>): Promise<void> {
    const isOwn = this.options.connection === undefined;
    while (!session.isOver) {
      try {
        const connection = await connect();
        if (session.isOver) {
          if (isOwn) await connection.close();
          return;
        }
        await this.#use(session, connection);
        if (!isOwn) {
          this.#setReachable(false, new Error('The connection that was passed is closed'));
          return;
        }
      } catch (error) {
        if (session.isOver) return;
        this.#setReachable(false, error as Error);
        if (!isOwn) return;
      }
      await new Promise<void>((resolve) => {
        session.wake = resolve;
        setTimeout(resolve, retryPause).unref();
      });
    }
  }

  /** Resolves when the connection is closed for good. */
  async #use(session: Session, connection: NatsConnection): Promise<void> {
    this.#connection = connection;
    const statuses = connection.status();
    const watching = this.#watch(session, statuses);
    for (const user of this.#users) user.onConnection(connection);
    // One that was passed may be on its way back.
    this.confirm().catch(() => {});
    const wake = new Promise<void>((resolve) => {
      session.wake = resolve;
    });
    const reason = await Promise.race([connection.closed(), wake]);
    (statuses as { stop?(): void }).stop?.();
    await watching;
    if (session.isOver) return;
    this.#setReachable(false, reason instanceof Error ? reason : undefined);
  }

  async #watch(session: Session, statuses: AsyncIterable<{ readonly type: string }>): Promise<void> {
    for await (const status of statuses) {
      if (session.isOver) return;
      if (status.type === 'disconnect') this.#setReachable(false);
      else if (status.type === 'reconnect') this.#setReachable(true);
      else if (status.type === 'error') this.#onError((status as { error?: unknown }).error);
    }
  }

  #onError(error: unknown): void {
    if (!(error instanceof Error)) return;
    this.#lastError = error;
    for (const user of this.#users) user.onReachable(this.#isReachable, error);
  }

  #setReachable(isReachable: boolean, error?: Error): void {
    if (error !== undefined) this.#lastError = error;
    if (isReachable === this.#isReachable) {
      if (error !== undefined) this.#onError(error);
      return;
    }
    this.#isReachable = isReachable;
    if (isReachable) {
      this.#going = quiet();
      this.#coming.resolve();
    } else {
      this.#coming = deferred();
      this.#going.reject(this.isAway());
    }
    for (const user of this.#users) user.onReachable(isReachable, error);
  }

  #tooLate(): RookeryError {
    const { connectTimeout } = this.options;
    const cause = this.#lastError;
    const why = cause === undefined ? '' : `: ${cause.message === '' ? cause.name : cause.message}`;
    return new RookeryError('CLUSTER_UNREACHABLE', `NATS did not answer in ${connectTimeout} ms${why}`, { cause });
  }
}

/** One that may be rejected without anybody who waits. */
function quiet(): Deferred<never> {
  const going = deferred<never>();
  going.promise.catch(() => {});
  return going;
}
