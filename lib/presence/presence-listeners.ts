import type { PresenceEventName, PresenceEvents } from './presence-member.js';

type Listener = (...args: never[]) => unknown;

/** The listeners of a `Presence`: what one of them throws, or rejects with, is reported, and keeps nothing from the next. */
export class PresenceListeners<Metadata> {
  readonly #listeners: Readonly<Record<PresenceEventName, Set<Listener>>> = {
    join: new Set(),
    leave: new Set(),
    update: new Set(),
  };
  readonly #report: (error: unknown, event: string) => void;

  constructor(report: (error: unknown, event: string) => void) {
    this.#report = report;
  }

  add(event: PresenceEventName, listener: Listener): void {
    this.#listeners[event].add(listener);
  }

  remove(event: PresenceEventName, listener: Listener): void {
    this.#listeners[event].delete(listener);
  }

  clear(): void {
    for (const listeners of Object.values(this.#listeners)) listeners.clear();
  }

  // hot: nothing is made where nobody listens.
  emit<Event extends PresenceEventName>(event: Event, ...args: Parameters<PresenceEvents<Metadata>[Event]>): void {
    for (const listener of this.#listeners[event]) {
      try {
        const result = (listener as (...args: unknown[]) => unknown)(...args);
        if (result instanceof Promise) result.catch((error: unknown) => this.#report(error, `presence.${event}`));
      } catch (error) {
        this.#report(error, `presence.${event}`);
      }
    }
  }
}
