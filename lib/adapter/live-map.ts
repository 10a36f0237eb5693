import type { Room, SocketId } from './broadcast-options.js';

/** What a `LiveMap` shows. */
export interface LiveSource {
  readonly size: number;
  has(key: string): boolean;
  /** The set of a key, which stays in step from now on; the same one each time. */
  view(key: string): Set<string> | undefined;
  keys(): MapIterator<string>;
}

const inspect = Symbol.for('nodejs.util.inspect.custom');

/**
 * A map of sets that are made when somebody asks for them.
 *
 * It is what applications read of an adapter; what the adapter itself works with stands behind it.
 */
export class LiveMap extends Map<Room | SocketId, Set<string>> {
  readonly #source: LiveSource;

  constructor(source: LiveSource) {
    super();
    this.#source = source;
  }

  override get size(): number {
    return this.#source.size;
  }

  override has(key: string): boolean {
    return this.#source.has(key);
  }

  override get(key: string): Set<string> | undefined {
    return this.#source.view(key);
  }

  override keys(): MapIterator<string> {
    return this.#source.keys();
  }

  override *values(): MapIterator<Set<string>> {
    for (const [, set] of this) yield set;
  }

  override *entries(): MapIterator<[string, Set<string>]> {
    for (const key of this.#source.keys()) {
      const set = this.#source.view(key);
      if (set !== undefined) yield [key, set];
    }
  }

  override [Symbol.iterator](): MapIterator<[string, Set<string>]> {
    return this.entries();
  }

  override forEach(
    callback: (value: Set<string>, key: string, map: Map<string, Set<string>>) => void,
    thisArg?: unknown,
  ): void {
    for (const [key, set] of this) callback.call(thisArg, set, key, this);
  }

  override set(): never {
    throw readOnly();
  }

  override delete(): never {
    throw readOnly();
  }

  override clear(): never {
    throw readOnly();
  }

  /** What `console.log` shows. */
  [inspect](): Map<string, Set<string>> {
    return new Map(this.entries());
  }
}

function readOnly(): TypeError {
  return new TypeError('The rooms of an adapter are changed with addAll(), del() and delAll()');
}
