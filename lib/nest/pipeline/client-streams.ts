import { Subscriber, Subscription, type Observable } from 'rxjs';
import type { Socket } from '../../server/index.js';
import type { HandlerRun } from './handler-run.js';

/** Takes what a stream gives. */
export interface StreamSink {
  next(value: unknown): void;
  error(error: unknown): void;
  complete?(): void;
}

/** The streams that handlers have returned to a client; they end when it leaves. */
// hot: a list of the streams themselves; the old tables of a set keep streams that have ended past young collections.
export class ClientStreams {
  static readonly #byClient = new WeakMap<Socket, ClientStreams>();
  first: FollowedStream | undefined = undefined;

  private constructor(client: Socket) {
    client.once('disconnect', () => {
      const running: FollowedStream[] = [];
      for (let stream = this.first; stream !== undefined; stream = stream.following) running.push(stream);
      // One that ends may end others.
      for (const stream of running) stream.onClientLeft();
    });
  }

  /**
   * Hands on each value of a stream until its client leaves.
   *
   * @param run of the method, where the stream is that of its interceptors, and the method is called by subscribing: it
   * goes on without the client until it has finished, or turns out to return a stream.
   */
  static follow(client: Socket, values: Observable<unknown>, sink: StreamSink, run?: HandlerRun): Subscription {
    // Gone already: nothing has begun that has to be brought to its end.
    if (!client.connected && run === undefined) return Subscription.EMPTY;
    const stream = new FollowedStream(sink, run);
    if (client.connected) {
      let streams = this.#byClient.get(client);
      if (streams === undefined) {
        streams = new ClientStreams(client);
        this.#byClient.set(client, streams);
      }
      stream.join(streams);
    } else stream.onClientLeft();
    values.subscribe(stream);
    return stream;
  }
}

/** Subscriber and subscription in one, as rxjs makes them itself. */
class FollowedStream extends Subscriber<unknown> {
  readonly #sink: StreamSink;
  readonly #run: HandlerRun | undefined;
  #hasValue = false;
  #isAlone = false;
  #streams: ClientStreams | undefined = undefined;
  #previous: FollowedStream | undefined = undefined;
  #following: FollowedStream | undefined = undefined;

  constructor(sink: StreamSink, run: HandlerRun | undefined) {
    super();
    this.#sink = sink;
    this.#run = run;
  }

  get following(): FollowedStream | undefined {
    return this.#following;
  }

  join(streams: ClientStreams): void {
    this.#streams = streams;
    this.#following = streams.first;
    if (this.#following !== undefined) this.#following.#previous = this;
    streams.first = this;
  }

  override unsubscribe(): void {
    this.#leave();
    super.unsubscribe();
  }

  onClientLeft(): void {
    const run = this.#run;
    if (run === undefined || run.isStreaming || this.#hasValue) {
      this.unsubscribe();
      return;
    }
    this.#isAlone = true;
    run.onStreaming = () => this.unsubscribe();
  }

  #leave(): void {
    const streams = this.#streams;
    if (streams === undefined) return;
    const previous = this.#previous;
    const following = this.#following;
    if (previous === undefined) streams.first = following;
    else previous.#following = following;
    if (following !== undefined) following.#previous = previous;
    this.#streams = this.#previous = this.#following = undefined;
  }

  protected override _next(value: unknown): void {
    // What gives a second value is a stream, whoever has made it.
    if (this.#isAlone && this.#hasValue) {
      this.unsubscribe();
      return;
    }
    this.#hasValue = true;
    this.#sink.next(value);
  }

  protected override _error(error: unknown): void {
    this.#sink.error(error);
    this.unsubscribe();
  }

  protected override _complete(): void {
    this.#sink.complete?.();
    this.unsubscribe();
  }
}
