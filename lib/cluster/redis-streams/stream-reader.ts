import { inTime, type LastingConnection } from '../redis-common/lasting-connection.js';
import type { RedisConnection } from '../redis-common/redis-connection.js';
import type { ResolvedStreamsOptions } from './options.js';
import { entriesIn, entriesRead, startFields, type Entry } from './streams-wire.js';

/** Reads a stream from where it ends now on, and goes on behind what it has read last, whatever happens meanwhile. */
export class StreamReader {
  readonly #name: string;
  readonly #connection: LastingConnection;
  readonly #options: ResolvedStreamsOptions;
  readonly #onEntries: (entries: readonly Entry[]) => void;
  #position: string | null = null;
  #isClosed = false;
  #onStarted!: () => void;
  /** Resolves when it is known from where on it reads. */
  readonly started: Promise<void>;

  constructor(
    name: string,
    connection: LastingConnection,
    options: ResolvedStreamsOptions,
    onEntries: (entries: readonly Entry[]) => void,
  ) {
    this.#name = name;
    this.#connection = connection;
    this.#options = options;
    this.#onEntries = onEntries;
    this.started = new Promise((resolve) => {
      this.#onStarted = resolve;
    });
    void this.#run();
  }

  /** The id of what was read last; `null` before it has started. */
  get position(): string | null {
    return this.#position;
  }

  close(): void {
    this.#isClosed = true;
    this.#connection.close();
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      let connection: RedisConnection | null = null;
      try {
        connection = await this.#connection.get();
        if (this.#position === null) await this.#start(connection);
        else await this.#read(connection, this.#position);
      } catch (error) {
        if (this.#isClosed) return;
        if (connection !== null) this.#connection.fail(connection, error as Error);
        await this.#connection.pause();
      }
    }
  }

  async #start(connection: RedisConnection): Promise<void> {
    const { connectTimeout } = this.#options;
    const ask = (...args: string[]): Promise<unknown> =>
      inTime(connection.command(this.#name, args), connectTimeout, connection);
    const [last] = entriesIn(await ask('XREVRANGE', this.#name, '+', '-', 'COUNT', '1'));
    this.#position = last?.id ?? String(await ask('XADD', this.#name, '*', ...startFields));
    this.#onEntries([]);
    this.#onStarted();
  }

  async #read(connection: RedisConnection, position: string): Promise<void> {
    const { readCount, blockTimeInMs, connectTimeout } = this.#options;
    const limits = ['COUNT', String(readCount), 'BLOCK', String(blockTimeInMs)];
    const reply = await inTime(
      connection.command(this.#name, ['XREAD', ...limits, 'STREAMS', this.#name, position]),
      blockTimeInMs + connectTimeout,
      connection,
    );
    const entries = entriesRead(reply);
    if (entries.length === 0 || this.#isClosed) return;
    this.#position = entries.at(-1)!.id;
    this.#onEntries(entries);
  }
}
