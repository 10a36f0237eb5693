/** A catch-all listener: gets the event's name and its arguments. */
// The border to the application: arguments of every event.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyListener = (event: string, ...args: any[]) => unknown;

/** Catch-all listeners, in the order they are called. */
export class AnyListeners {
  #listeners: AnyListener[] = [];

  append(listener: AnyListener): void {
    this.#listeners = [...this.#listeners, listener];
  }

  prepend(listener: AnyListener): void {
    this.#listeners = [listener, ...this.#listeners];
  }

  /** Removes one listener, or all of them. */
  remove(listener: AnyListener | undefined): void {
    this.#listeners = listener === undefined ? [] : this.#listeners.filter((each) => each !== listener);
  }

  all(): AnyListener[] {
    return [...this.#listeners];
  }

  /**
   * Calls every listener; one that is added or removed meanwhile counts from the next event on.
   *
   * @param watch given what each returns: an async one may still reject.
   */
  notify(args: readonly unknown[], watch?: (result: unknown) => void): void {
    for (const listener of this.#listeners) {
      const result = listener(...(args as [string, ...unknown[]]));
      watch?.(result);
    }
  }
}
