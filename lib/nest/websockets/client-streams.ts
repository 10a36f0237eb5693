import type { Observable, Subscription } from 'rxjs';
import type { Socket } from '../../server/index.js';

/** The streams that handlers have returned to a client; they end when it leaves. */
// hot: a set and one listener for all of them; takeUntil() costs more than the rest of the way.
export class ClientStreams {
  readonly #running = new Set<Subscription>();

  constructor(client: Socket) {
    client.once('disconnect', () => {
      for (const subscription of this.#running) subscription.unsubscribe();
    });
  }

  /**
   * Takes each value; resolves when there is none to come, rejects with what the stream or `take` fails with.
   *
   * @param values of Nest, whose first one never comes before this has returned.
   */
  follow(values: Observable<unknown>, take: (value: unknown) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const subscription = values.subscribe({
        next: (value) => {
          try {
            take(value);
          } catch (error) {
            reject(error);
            subscription.unsubscribe();
          }
        },
        error: reject,
      });
      this.#running.add(subscription);
      subscription.add(() => {
        this.#running.delete(subscription);
        resolve();
      });
    });
  }
}
