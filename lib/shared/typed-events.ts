/** A map from event names to listener signatures; interfaces fit as well as type literals. */
export interface EventsMap {
  // The border of typed events: whatever the application declares.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  [event: string]: any;
}

/** The map that is used where none is given: any name, any arguments. */
export interface DefaultEventsMap {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  [event: string]: (...args: any[]) => void;
}

/** The event names of a map. */
export type EventName<Events> = keyof Events & string;

/** The parameters of an event, a callback for the ack included. */
export type EventParams<Events, Event extends keyof Events> = Events[Event] extends (...args: infer Params) => unknown
  ? Params
  : never;

// The border of typed events: an ack as the application declares it.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Ack = (...args: any[]) => void;

type Last<Params extends readonly unknown[]> = Params extends readonly [...unknown[], infer Tail] ? Tail : unknown;
type AllButLast<Params extends readonly unknown[]> = Params extends readonly [...infer Head, unknown] ? Head : Params;

type FirstParam<Callback> = Callback extends (...args: infer Args) => unknown
  ? Args extends readonly []
    ? undefined
    : Args[0]
  : undefined;

/** Leads from events with a timeout back to the events themselves; there is no such value. */
declare const untimed: unique symbol;

/** An open-ended list of `any` stays as it is: there is no last parameter to look at. */
type IsOpenEnded<Params extends readonly unknown[]> = number extends Params['length'] ? true : false;

/** The parameters of an event without its ack. */
export type ParamsWithoutAck<Events, Event extends keyof Events> =
  IsOpenEnded<EventParams<Events, Event>> extends true
    ? EventParams<Events, Event>
    : Last<EventParams<Events, Event>> extends Ack
      ? AllButLast<EventParams<Events, Event>>
      : EventParams<Events, Event>;

/** What the ack of an event answers with: the first argument of its callback. */
export type AckResult<Events, Event extends keyof Events> = Events extends { readonly [untimed]: infer Untimed }
  ? AckOf<Untimed, Event & keyof Untimed>
  : AckOf<Events, Event>;

type AckOf<Events, Event extends keyof Events> =
  IsOpenEnded<EventParams<Events, Event>> extends true
    ? // eslint-disable-next-line @typescript-eslint/no-explicit-any
      any
    : Last<EventParams<Events, Event>> extends Ack
      ? FirstParam<Last<EventParams<Events, Event>>>
      : never;

type WithError<Callback> = Callback extends (...args: infer Args) => void
  ? (error: Error | null, ...args: Args) => void
  : never;

type ParamsWithError<Params extends readonly unknown[]> =
  IsOpenEnded<Params> extends true
    ? Params
    : Last<Params> extends Ack
      ? [...AllButLast<Params>, WithError<Last<Params>>]
      : Params;

/** The events as they are emitted with a timeout: an error comes first in every ack. */
export type EventsWithTimeout<Events extends EventsMap> = {
  [Event in keyof Events]: (...args: ParamsWithError<EventParams<Events, Event>>) => void;
} & { readonly [untimed]: Events };

type ParamsWithAnswers<Params extends readonly unknown[]> =
  IsOpenEnded<Params> extends true
    ? Params
    : Last<Params> extends Ack
      ? [...AllButLast<Params>, (error: Error | null, answers: FirstParam<Last<Params>>[]) => void]
      : Params;

/** The parameters of a broadcast: its ack gets one answer per client. */
export type BroadcastParams<Events, Event extends keyof Events> = ParamsWithAnswers<EventParams<Events, Event>>;

/** The listener for an event: the package's own events come before the application's. */
export type ListenerFor<Events, Reserved, Event> = Event extends keyof Reserved
  ? Reserved[Event]
  : Event extends keyof Events
    ? Events[Event]
    : never;
