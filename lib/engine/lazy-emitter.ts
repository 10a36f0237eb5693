import { EventEmitter } from 'node:events';

type Listener = (...args: never[]) => void;

/**
 * An event emitter that exists from its first listener on.
 *
 * Sessions are many and few are listened to: until then, an event costs one comparison with `null`. What a listener throws,
 * or rejects with, goes to `onListenerError()`, and no further.
 */
export abstract class LazyEmitter {
  protected emitter: EventEmitter | null = null;

  on(event: string | symbol, listener: Listener): this {
    this.#events().on(event, listener as () => void);
    return this;
  }

  addListener(event: string | symbol, listener: Listener): this {
    return this.on(event, listener);
  }

  prependListener(event: string | symbol, listener: Listener): this {
    this.#events().prependListener(event, listener as () => void);
    return this;
  }

  once(event: string | symbol, listener: Listener): this {
    this.#events().once(event, listener as () => void);
    return this;
  }

  off(event: string | symbol, listener: Listener): this {
    this.emitter?.off(event, listener as () => void);
    return this;
  }

  removeListener(event: string | symbol, listener: Listener): this {
    return this.off(event, listener);
  }

  removeAllListeners(event?: string | symbol): this {
    this.emitter?.removeAllListeners(event);
    return this;
  }

  emit(event: string | symbol, ...args: unknown[]): boolean {
    // An `error` nobody listens to is not a reason to end the process.
    if (this.emitter === null || this.emitter.listenerCount(event) === 0) return false;
    try {
      return this.emitter.emit(event, ...args);
    } catch (error) {
      this.onListenerError(error, String(event));
      return true;
    }
  }

  /** Takes the error of a listener, with the name of the event. */
  protected abstract onListenerError(error: unknown, event: string): void;

  listeners(event: string | symbol): Listener[] {
    return this.emitter === null ? [] : (this.emitter.listeners(event) as Listener[]);
  }

  listenerCount(event: string | symbol): number {
    return this.emitter === null ? 0 : this.emitter.listenerCount(event);
  }

  #events(): EventEmitter {
    this.emitter ??= this.#createEmitter();
    return this.emitter;
  }

  #createEmitter(): EventEmitter {
    const emitter = new EventEmitter({ captureRejections: true });
    return Object.assign(emitter, {
      [EventEmitter.captureRejectionSymbol]: (error: unknown, event: string | symbol) =>
        this.onListenerError(error, String(event)),
    });
  }
}
