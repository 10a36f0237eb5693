import type { EventName, EventsMap, ListenerFor } from '../shared/index.js';

type Names<Events, Reserved> = EventName<Events> | EventName<Reserved>;

interface Entry {
  // The border to the application: listeners of every signature.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly listener: (...args: any[]) => void;
  readonly isOnce: boolean;
}

/** Listeners by the names of events; emitting belongs to whoever extends it. */
export class Emitter<Events extends object = EventsMap, Reserved extends object = Record<never, never>> {
  readonly #entries = new Map<string, readonly Entry[]>();

  /** Adds a listener, which is called last. */
  on<Event extends Names<Events, Reserved>>(event: Event, listener: ListenerFor<Events, Reserved, Event>): this {
    return this.#add(event, listener, false);
  }

  /** The same as `on()`. */
  addEventListener<Event extends Names<Events, Reserved>>(
    event: Event,
    listener: ListenerFor<Events, Reserved, Event>,
  ): this {
    return this.on(event, listener);
  }

  /** Adds a listener for the next such event alone. */
  once<Event extends Names<Events, Reserved>>(event: Event, listener: ListenerFor<Events, Reserved, Event>): this {
    return this.#add(event, listener, true);
  }

  /** Removes a listener, all of an event, or all. */
  off<Event extends Names<Events, Reserved>>(event?: Event, listener?: ListenerFor<Events, Reserved, Event>): this {
    if (event === undefined) {
      this.#entries.clear();
    } else {
      const entries = this.#of(event);
      const at = entries.findIndex((each) => each.listener === listener);
      this.#entries.set(event, listener === undefined ? [] : entries.filter((_, index) => index !== at));
    }
    return this;
  }

  /** The same as `off()`. */
  removeListener<Event extends Names<Events, Reserved>>(
    event?: Event,
    listener?: ListenerFor<Events, Reserved, Event>,
  ): this {
    return this.off(event, listener);
  }

  /** The same as `off()`. */
  removeEventListener<Event extends Names<Events, Reserved>>(
    event?: Event,
    listener?: ListenerFor<Events, Reserved, Event>,
  ): this {
    return this.off(event, listener);
  }

  /** Removes the listeners of an event, or all. */
  removeAllListeners<Event extends Names<Events, Reserved>>(event?: Event): this {
    return this.off(event);
  }

  /** The listeners of an event, in the order they are called. */
  listeners<Event extends Names<Events, Reserved>>(event: Event): ListenerFor<Events, Reserved, Event>[] {
    return this.#of(event).map(({ listener }) => listener as ListenerFor<Events, Reserved, Event>);
  }

  /** Whether anybody listens to an event. */
  hasListeners<Event extends Names<Events, Reserved>>(event: Event): boolean {
    return this.listeners(event).length > 0;
  }

  /** Calls the listeners of an event; one that is added or removed meanwhile counts from the next event on. */
  protected notify(event: unknown, ...args: readonly unknown[]): void {
    // A server may name an event by a number.
    for (const { listener, isOnce } of this.#of(String(event))) {
      if (isOnce) this.off(String(event) as never, listener as never);
      listener.apply(this, args as unknown[]);
    }
  }

  #add(event: string, listener: unknown, isOnce: boolean): this {
    this.#entries.set(event, [...this.#of(event), { listener: listener as never, isOnce }]);
    return this;
  }

  #of(event: string): readonly Entry[] {
    return this.#entries.get(event) ?? [];
  }
}
