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

/** Calls the listeners of an event of a `TypedEmitter`, in order; `false` when there are none. */
export function emitLocally(emitter: object, args: readonly unknown[]): boolean {
  return EventEmitter.prototype.emit.apply(emitter as EventEmitter, args as [string, ...unknown[]]);
}
