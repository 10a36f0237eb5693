import type {
  AnswerStyleName,
  ErrorAnswer,
  EventName,
  EventParams,
  EventsMap,
  ParamsWithoutAck,
} from '../shared/index.js';
import { alwaysAnswered, type AckCallback } from './acks.js';
import { answerReaders } from './answer-reader.js';
import type { BaseSocket } from './base-socket.js';
import type { Socket } from './socket.js';

type AnswerOf<Params> = Params extends readonly [...unknown[], (...answer: infer Answer) => void]
  ? WithoutTimeout<Answer>
  : never;

/** With a timeout, an error stands in front of the answer. */
type WithoutTimeout<Answer> = Answer extends readonly [infer First, ...infer Rest]
  ? Error extends First
    ? Rest
    : Answer
  : Answer;

type DataIn<Answer> = Answer extends readonly [error: null, data: infer Data]
  ? Data
  : Answer extends readonly [answer: infer First]
    ? DataOf<First>
    : never;

type DataOf<First> = First extends { readonly ok: true; readonly data: infer Data }
  ? Data
  : First extends { readonly ok: false } | ErrorAnswer
    ? never
    : First;

/** The value that `request()` resolves with: what the declared ack holds when it is no error, in any style. */
export type RequestResult<Events, Event extends keyof Events> = number extends EventParams<Events, Event>['length']
  ? // An event of which nothing is declared.
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    any
  : DataIn<AnswerOf<EventParams<Events, Event>>>;

/** A socket of any build. */
export type RequestSocket<ListenEvents extends EventsMap, EmitEvents extends EventsMap, Manager> =
  Socket<ListenEvents, EmitEvents, Manager> | BaseSocket<ListenEvents, EmitEvents, Manager>;

/** Emits an event, resolves with what its handler returned, and rejects with what it threw. */
export type Request = <
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  Manager,
  Event extends EventName<EmitEvents>,
>(
  socket: RequestSocket<ListenEvents, EmitEvents, Manager>,
  event: Event,
  ...args: ParamsWithoutAck<EmitEvents, Event>
) => Promise<RequestResult<EmitEvents, Event>>;

/**
 * Makes a `request()` for servers, or handlers, that answer in another style than `envelope`.
 *
 * In the style `raw`, a value with a `status` of 400 or more and a `message` is an error.
 */
export function requestIn(style: AnswerStyleName): Request {
  const read = answerReaders[style];
  return (socket, event, ...args) =>
    new Promise((resolve, reject) => {
      const callback: AckCallback = (failure, ...answer) => {
        if (failure !== null && failure !== undefined) {
          reject(failure as Error);
          return;
        }
        try {
          resolve(read(answer) as never);
        } catch (error) {
          reject(error as Error);
        }
      };
      alwaysAnswered.add(callback);
      (socket as BaseSocket).emit(event, ...[...(args as unknown[]), callback]);
    });
}

/**
 * Asks a handler of `@SubscribeAck()`: resolves with what it returned.
 *
 * Rejects with an `AckError` for what it threw, and with the socket's own error where no answer comes: after
 * `socket.timeout()`, or when the connection is lost.
 *
 * @example `const { seat } = await request(socket.timeout(5_000), 'take', 4)`
 */
export const request: Request = /* @__PURE__ */ requestIn('envelope');
