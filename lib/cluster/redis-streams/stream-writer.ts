import { inTime, type LastingConnection } from '../redis-common/lasting-connection.js';
import { isAway } from '../redis-common/outbox.js';
import type { RedisConnection } from '../redis-common/redis-connection.js';
import type { ResolvedStreamsOptions } from './options.js';
import { entriesIn, nextId } from './streams-wire.js';

/** A command that Redis has not answered yet. */
interface Waiting {
  readonly key: string;
  readonly args: readonly string[];
  /** Who adds an entry to the stream; other commands may be done twice. */
  readonly uid: string | undefined;
  resolve(): void;
  reject(error: unknown): void;
}

/** How many commands are sent before the answers to them are waited for. */
const maxBatch = 500;
/** How many entries are looked through at once. */
const pageSize = 1_000;
/** A Redis that is not ready, or not the one to write to: it will be. */
const passing = /^(MOVED|ASK|LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MISCONF|NOREPLICAS|BUSY)\b/;

/**
 * Adds to a stream, in order and once, whatever happens to the connection.
 *
 * What was sent over a connection that was lost is looked for in the stream before it is sent again: Redis has taken the
 * first of it, or all, or nothing.
 */
export class StreamWriter {
  readonly #stream: string;
  readonly #connection: LastingConnection;
  readonly #options: ResolvedStreamsOptions;
  #queue: Waiting[] = [];
  /** How many of the first were sent, and may have been done. */
  #unsure = 0;
  /** The last entry of this node that Redis has confirmed. */
  #lastAdded = '0-0';
  #running: Promise<void> | null = null;
  #isClosed = false;

  constructor(stream: string, connection: LastingConnection, options: ResolvedStreamsOptions) {
    this.#stream = stream;
    this.#connection = connection;
    this.#options = options;
  }

  /** Resolves when Redis has it; rejects when it refuses it, or when too much waits for it. */
  // hot: one object and one promise per message.
  add(uid: string, fields: readonly string[]): Promise<void> {
    const limit = ['MAXLEN', '~', String(this.#options.maxLen)];
    return this.#enqueue(this.#stream, ['XADD', this.#stream, ...limit, '*', ...fields], uid);
  }

  /** Keeps a value for a time, in milliseconds, behind all that was added before. */
  keep(key: string, value: string, duration: number): Promise<void> {
    return this.#enqueue(key, ['SET', key, value, 'PX', String(Math.ceil(duration))], undefined);
  }

  /** Asks at once, when Redis is there or comes back in time. */
  async ask(key: string, ...commands: string[][]): Promise<unknown[]> {
    const { connectTimeout } = this.#options;
    const connection = await this.#within(connectTimeout, this.#connection.get());
    const answers = Promise.all(commands.map((args) => connection.command(key, args)));
    return inTime(answers, connectTimeout, connection);
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    await this.#running;
  }

  close(): void {
    this.#isClosed = true;
    this.#connection.close();
    for (const { reject } of this.#queue.splice(0)) reject(isAway());
  }

  #enqueue(key: string, args: readonly string[], uid: string | undefined): Promise<void> {
    const isFull = this.#queue.length >= this.#options.maxWaiting && !this.#connection.isUp;
    if (isFull || this.#isClosed) return Promise.reject(isAway());
    return new Promise((resolve, reject) => {
      this.#queue.push({ key, args, uid, resolve, reject });
      this.#running ??= this.#run().finally(() => (this.#running = null));
    });
  }

  async #run(): Promise<void> {
    // All of one turn of the event loop goes out together.
    await new Promise(setImmediate);
    while (this.#queue.length > 0 && !this.#isClosed) {
      let connection: RedisConnection | null = null;
      try {
        connection = await this.#connection.get();
        if (this.#unsure > 0) await this.#findAdded(connection);
        await this.#send(connection);
      } catch (error) {
        if (this.#isClosed) return;
        if (connection !== null) this.#connection.fail(connection, error as Error);
        await this.#connection.pause();
      }
    }
  }

  /** Sends the first of what waits; throws when it has to be tried again. */
  async #send(connection: RedisConnection): Promise<void> {
    const batch = this.#queue.slice(0, maxBatch);
    const sent = Promise.allSettled(batch.map(({ key, args }) => connection.command(key, args)));
    const results = await inTime(sent, this.#options.connectTimeout, connection);
    if (this.#isClosed) return;
    const again: Waiting[] = [];
    let failure: Error | undefined;
    for (const [index, result] of results.entries()) {
      const waiting = batch[index]!;
      if (result.status === 'fulfilled') {
        if (waiting.uid !== undefined) this.#lastAdded = String(result.value);
        waiting.resolve();
      } else if (isRefusal(result.reason)) {
        waiting.reject(result.reason);
      } else {
        again.push(waiting);
        failure ??= result.reason as Error;
      }
    }
    this.#queue.splice(0, batch.length, ...again);
    this.#unsure = again.length;
    if (failure !== undefined) throw failure;
  }

  /** Takes from the queue what the stream has got although nobody said so. */
  async #findAdded(connection: RedisConnection): Promise<void> {
    const unsure = this.#queue.slice(0, this.#unsure);
    const uids = new Set(unsure.map(({ uid }) => uid));
    const found: string[] = [];
    for (let from = nextId(this.#lastAdded); ;) {
      const asked = connection.command(this.#stream, ['XRANGE', this.#stream, from, '+', 'COUNT', String(pageSize)]);
      const entries = entriesIn(await inTime(asked, this.#options.connectTimeout, connection));
      for (const { id, fields } of entries) if (uids.has(fields['uid'])) found.push(id);
      if (entries.length < pageSize) break;
      from = nextId(entries.at(-1)!.id);
    }
    const again = unsure.filter(({ uid, resolve }) => {
      const id = uid === undefined ? undefined : found.shift();
      if (id === undefined) return true;
      this.#lastAdded = id;
      resolve();
      return false;
    });
    this.#queue.splice(0, unsure.length, ...again);
    this.#unsure = 0;
  }

  async #within<T>(milliseconds: number, awaited: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout>;
    const end = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(isAway()), milliseconds);
      timer.unref();
    });
    try {
      return await Promise.race([awaited, end]);
    } finally {
      clearTimeout(timer!);
    }
  }
}

/** Whether Redis has answered, and will not answer otherwise; its errors begin with a word in capitals. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && /^[A-Z]+ /.test(error.message) && !passing.test(error.message);
}
