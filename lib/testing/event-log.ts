import { inspect } from 'node:util';

/** An event that a client has received. */
export interface ReceivedEvent {
  readonly event: string;
  /** Its arguments; the last one is a function where the server waits for an answer. */
  readonly args: unknown[];
}

interface Waiter {
  readonly event: string;
  resolve(args: unknown[]): void;
  reject(error: Error): void;
}

// Beyond that, a list of what came instead tells nobody anything.
const longestList = 20;

/** The events of a client in order of arrival: all of them, and those that nobody has taken yet. */
export class EventLog {
  /** Everything that came. */
  readonly all: ReceivedEvent[] = [];
  readonly #untaken: ReceivedEvent[] = [];
  #waiting: Waiter[] = [];
  #end: string | null = null;

  push(received: ReceivedEvent): void {
    this.all.push(received);
    const index = this.#waiting.findIndex(({ event }) => event === received.event);
    if (index === -1) this.#untaken.push(received);
    else this.#waiting.splice(index, 1)[0]!.resolve(received.args);
  }

  /** What came under a name and has not been taken. */
  untaken(event: string): ReceivedEvent[] {
    return this.#untaken.filter((each) => each.event === event);
  }

  /**
   * Takes the next event of a name.
   *
   * @param timeout the longest wait, in milliseconds.
   */
  next(event: string, timeout: number): Promise<unknown[]> {
    const index = this.#untaken.findIndex((each) => each.event === event);
    if (index !== -1) return Promise.resolve(this.#untaken.splice(index, 1)[0]!.args);
    if (this.#end !== null) return Promise.reject(this.#missing(event, this.#end));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((each) => each !== waiter);
        reject(this.#missing(event, `within ${timeout} ms`));
      }, timeout);
      const waiter: Waiter = {
        event,
        resolve: (args) => {
          clearTimeout(timer);
          resolve(args);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#waiting.push(waiter);
    });
  }

  /** Nothing more will come. */
  end(reason: string): void {
    this.#end = `before the connection ended (${reason})`;
    for (const { event, reject } of this.#waiting.splice(0)) reject(this.#missing(event, this.#end));
  }

  #missing(event: string, when: string): Error {
    const listed = this.#untaken.slice(0, longestList).map(shown).join(', ');
    const more = this.#untaken.length - longestList;
    const instead = listed === '' ? 'nothing' : listed + (more > 0 ? `, and ${more} more` : '');
    return new Error(`No "${event}" came ${when}; what came instead: ${instead}`);
  }
}

function shown({ event, args }: ReceivedEvent): string {
  const options = { depth: 2, breakLength: Infinity, maxStringLength: 100, maxArrayLength: 10 };
  return `"${event}" (${args.map((arg) => inspect(arg, options)).join(', ')})`;
}
