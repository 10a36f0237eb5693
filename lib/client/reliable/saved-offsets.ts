import { parseOffset, type StreamOffset } from '../../shared/index.js';

/** Where offsets are kept so that they outlive the page, such as `sessionStorage`. */
export interface OffsetStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** Reads and writes what was had; a storage that fails keeps nothing, and whoever saved something strange has saved nothing. */
export class SavedOffsets {
  readonly #storage: OffsetStorage;
  readonly #key: string;

  constructor(storage: OffsetStorage, key: string) {
    this.#storage = storage;
    this.#key = key;
  }

  read(): [stream: string, offset: StreamOffset][] {
    try {
      const saved = JSON.parse(this.#storage.getItem(this.#key) ?? '{}') as object;
      return Object.entries(saved).flatMap(([stream, text]) => {
        const offset = parseOffset(text);
        return offset === undefined || stream.length !== 16 ? [] : [[stream, offset] as [string, StreamOffset]];
      });
    } catch {
      return [];
    }
  }

  write(offsets: Readonly<Record<string, string>>): void {
    try {
      this.#storage.setItem(this.#key, JSON.stringify(offsets));
    } catch {
      // It is full, or may not be used: what was had is known as long as the page.
    }
  }
}
