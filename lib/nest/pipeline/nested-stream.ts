import { from, Observable, Subscriber, type ObservableInput } from 'rxjs';

/**
 * A stream that is made for who subscribes to it.
 *
 * Unlike with `defer()`, what it is made of is torn down before its end is told: `finalize()` comes first.
 */
// hot: as mergeMap() of one value would do it, at half the cost.
export function nestedStream(make: () => ObservableInput<unknown>): Observable<unknown> {
  return new Observable((subscriber) => {
    const nested = new NestedSubscriber(subscriber);
    from(make()).subscribe(nested);
    nested.onSubscribed();
  });
}

class NestedSubscriber extends Subscriber<unknown> {
  readonly #outer: Subscriber<unknown>;
  #isSubscribed = false;
  #hasCompleted = false;

  constructor(outer: Subscriber<unknown>) {
    super(outer);
    this.#outer = outer;
  }

  /** What has ended while it was subscribed to has its teardowns only now. */
  onSubscribed(): void {
    this.#isSubscribed = true;
    if (this.#hasCompleted) this.#outer.complete();
  }

  protected override _complete(): void {
    this.#hasCompleted = true;
    this.unsubscribe();
    if (this.#isSubscribed) this.#outer.complete();
  }
}
