import { isEventData } from '../adapter/index.js';
import { RookeryError } from '../shared/index.js';
import type { MessagePack } from './message-pack.js';
import { load } from './peers.js';

/** Writes and reads what a log keeps of events: MessagePack. */
export class DeliveryCodec {
  #msgpack: MessagePack | null = null;
  readonly #loading: Promise<MessagePack>;

  /** @param entry who needs the library, as it is imported. */
  constructor(entry: string) {
    this.#loading = load('notepack.io', entry).then((msgpack) => (this.#msgpack = msgpack));
    this.#loading.catch(() => {});
  }

  /**
   * Writes an event as it is now.
   *
   * Rejects with `NOT_SERIALIZABLE` for what cannot be written, and with `INVALID_OPTION` where the library is missing.
   */
  async encode(data: unknown[]): Promise<Buffer> {
    // Whoever wrote it may change it: nothing is waited for where the library is there.
    const msgpack = this.#msgpack ?? (await this.#loading);
    try {
      return msgpack.encode(data);
    } catch (cause) {
      throw new RookeryError('NOT_SERIALIZABLE', 'The event is circular, too deep, or contains a BigInt', { cause });
    }
  }

  /** Resolves with what reads events: it gives `undefined` for what is none, whatever stands there. */
  async reader(): Promise<(bytes: unknown) => unknown[] | undefined> {
    const msgpack = this.#msgpack ?? (await this.#loading);
    return (bytes) => {
      try {
        const data = msgpack.decode(bytes as Buffer);
        return isEventData(data) ? data : undefined;
      } catch {
        return undefined;
      }
    };
  }
}
