import { LastingConnection } from '../redis-common/lasting-connection.js';
import type { RedisConnection } from '../redis-common/redis-connection.js';
import type { ResolvedStreamsOptions } from './options.js';
import { StreamReader } from './stream-reader.js';
import { StreamWriter } from './stream-writer.js';
import type { Entry } from './streams-wire.js';

/** A namespace that lives in a stream. */
export interface StreamMember {
  /** Everything up to this id was read, also what is for others. */
  onPosition(id: string): void;
  onEntry(entry: Entry): void;
  /** What stands in the stream is for nobody. */
  onMalformed(): void;
  onChange(error?: Error): void;
}

/** A stream, with a connection that reads it and one that writes, for all namespaces in it. */
export class Stream {
  readonly reader: StreamReader;
  readonly writer: StreamWriter;
  readonly #reading: LastingConnection;
  readonly #writing: LastingConnection;
  readonly #members = new Map<string, StreamMember>();

  constructor(name: string, connect: () => Promise<RedisConnection>, options: ResolvedStreamsOptions) {
    const onChange = (error?: Error): void => {
      for (const member of this.#members.values()) member.onChange(error);
    };
    this.#reading = new LastingConnection(connect, onChange);
    this.#writing = new LastingConnection(connect, onChange);
    this.writer = new StreamWriter(name, this.#writing, options);
    this.reader = new StreamReader(name, this.#reading, options, (entries) => this.#onEntries(entries));
    // Not only when there is something to write.
    this.#writing.get().catch(() => {});
  }

  /** Whether it is read and written. */
  get isUp(): boolean {
    return this.#reading.isUp && this.#writing.isUp;
  }

  join(namespace: string, member: StreamMember): void {
    this.#members.set(namespace, member);
  }

  /** @returns whether nobody is left. */
  leave(namespace: string): boolean {
    this.#members.delete(namespace);
    return this.#members.size === 0;
  }

  close(): void {
    this.reader.close();
    this.writer.close();
  }

  // hot: nothing but a look into a map for what is for others.
  #onEntries(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const { nsp, rookery } = entry.fields;
      if (nsp !== undefined) this.#members.get(nsp)?.onEntry(entry);
      else if (rookery === undefined) for (const member of this.#members.values()) member.onMalformed();
    }
    const { position } = this.reader;
    if (position !== null) for (const member of this.#members.values()) member.onPosition(position);
  }
}
