import { EventEmitter } from 'node:events';
import type { EventName, ListenerFor } from '../shared/index.js';

type NameOf<Events, Reserved> = EventName<Events> | EventName<Reserved>;

/** The listening half of Node's `EventEmitter`, typed. Emitting belongs to whoever extends it. */
export interface TypedEmitter<Events, Reserved> {
  on<Event extends NameOf<Events, Reserved>>(event: Event, listener: ListenerFor<Events, Reserved, Event>): this;
  addListener<Event extends NameOf<Events, Reserved>>(
    event: Event,
    listener: ListenerFor<Events, Reserved, Event>,
  ): this;
  once<Event extends NameOf<Events, Reserved>>(event: Event, listener: ListenerFor<Events, Reserved, Event>): this;
  prependListener<Event extends NameOf<Events, Reserved>>(
    event: Event,
    listener: ListenerFor<Events, Reserved, Event>,
  ): this;
  prependOnceListener<Event extends NameOf<Events, Reserved>>(
    event: Event,
    listener: ListenerFor<Events, Reserved, Event>,
  ): this;
  off<Event extends NameOf<Events, Reserved>>(event: Event, listener: ListenerFor<Events, Reserved, Event>): this;
  removeListener<Event extends NameOf<Events, Reserved>>(
    event: Event,
    listener: ListenerFor<Events, Reserved, Event>,
  ): this;
  removeAllListeners(event?: NameOf<Events, Reserved>): this;
  listeners<Event extends NameOf<Events, Reserved>>(event: Event): ListenerFor<Events, Reserved, Event>[];
  listenerCount(event: NameOf<Events, Reserved>): number;
  eventNames(): (string | symbol)[];
  setMaxListeners(count: number): this;
  getMaxListeners(): number;
}

/** Node's own `EventEmitter`, seen through `TypedEmitter`: no wrapper between a listener and its event. */
export const TypedEmitter = EventEmitter as unknown as new <Events, Reserved>(options?: {
  captureRejections?: boolean;
}) => TypedEmitter<Events, Reserved>;

/** The names that an emitter's rejected listeners are reported under. */
export const rejection: typeof EventEmitter.captureRejectionSymbol = EventEmitter.captureRejectionSymbol;

/**
 * Calls the listeners of an event of a `TypedEmitter`, in order.
 *
 * @param fail takes what one of them throws, or rejects with; the others are called all the same.
 */
// hot: mostly there is one listener, or none, which Node calls without a copy of the list.
export function emitToEach(emitter: object, args: readonly unknown[], fail: (error: unknown) => void): void {
  const events = emitter as EventEmitter;
  const [event, ...others] = args as [string, ...unknown[]];
  if (events.listenerCount(event) < 2) {
    try {
      // Its own `emit` is another thing: it sends.
      EventEmitter.prototype.emit.call(emitter, event, ...others);
    } catch (error) {
      fail(error);
    }
    return;
  }
  for (const listener of events.rawListeners(event)) {
    try {
      const result: unknown = Reflect.apply(listener, emitter, others);
      if (result instanceof Promise) result.catch(fail);
    } catch (error) {
      fail(error);
    }
  }
}
