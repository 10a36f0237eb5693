import { deferred, inTime, type Deferred } from '../deferred.js';
import { notKept } from '../not-kept.js';
import { Underway } from '../underway.js';
import { isAboutLogs, logSource, type LogAnswer, type LogQuestion } from './log-wire.js';
import type { ProcessChannel } from './worker-bus.js';

/** How many questions may be open. */
const maxOpen = 10_000;

/** What the logs of this process ask the primary; one listener of the process serves them all. */
export class LogQuestions {
  readonly #process: ProcessChannel;
  readonly #open = new Map<number, Deferred<unknown>>();
  readonly #underway = new Underway(maxOpen, () => isAway('too much waits for its answers'));
  #lastId = 0;
  #users = 0;

  constructor(process: ProcessChannel) {
    this.#process = process;
  }

  /** Begins to listen, for one log. */
  join(): void {
    if (this.#users++ > 0) return;
    this.#process.on('message', this.#onMessage);
    this.#process.on('disconnect', this.#onDisconnect);
  }

  /** The last one takes the listeners of the process with it. */
  leave(): void {
    if (--this.#users > 0) return;
    this.#process.off('message', this.#onMessage);
    this.#process.off('disconnect', this.#onDisconnect);
    this.#rejectAll('it was not waited for any longer');
  }

  /** Rejects when the primary does not answer in time, or says why it cannot. @param timeout in milliseconds. */
  ask(question: Omit<LogQuestion, 'source' | 'id'>, timeout: number): Promise<unknown> {
    return this.#underway.run(async () => {
      const id = ++this.#lastId;
      const answer = deferred<unknown>();
      this.#open.set(id, answer);
      try {
        const onSent = (error: Error | null): void => {
          if (error !== null) answer.reject(isAway(error.message));
        };
        // Written at once, as it is now.
        this.#process.send!({ source: logSource, id, ...question }, undefined, undefined, onSent);
        const why = `it did not answer in ${timeout} ms; does it call clusterize() or setupPrimary() of this package?`;
        return await inTime(answer.promise, timeout, () => isAway(why));
      } finally {
        this.#open.delete(id);
      }
    });
  }

  readonly #onMessage = (message: unknown): void => {
    if (!isAboutLogs(message)) return;
    const { id, value, error } = message as LogAnswer;
    const open = this.#open.get(id);
    if (error === undefined) open?.resolve(value);
    else open?.reject(isAway(error));
  };

  readonly #onDisconnect = (): void => this.#rejectAll('it is gone, or has let go of this worker');

  #rejectAll(why: string): void {
    for (const { reject } of this.#open.values()) reject(isAway(why));
  }
}

function isAway(why: string): Error {
  return notKept('The primary', new Error(why));
}
