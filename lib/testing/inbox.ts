/** What a client has received and nobody has asked for yet. */
export class Inbox {
  readonly #received: (string | Buffer)[] = [];
  #waiting: { resolve(packet: string | Buffer): void; reject(error: Error): void }[] = [];
  #end: Error | null = null;
  #listener: ((packet: string | Buffer) => void) | null = null;

  push(packet: string | Buffer): void {
    if (this.#listener !== null) {
      this.#listener(packet);
      return;
    }
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#received.push(packet);
    else waiting.resolve(packet);
  }

  /** Hands what came and what comes to a listener, in the place of `next()`. */
  listen(listener: (packet: string | Buffer) => void): void {
    this.#listener = listener;
    for (const packet of this.#received.splice(0)) listener(packet);
  }

  /** Nothing more will come. */
  end(reason: string): void {
    if (this.#end !== null) return;
    this.#end = new Error(`The connection is closed: ${reason}`);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#end);
  }

  /**
   * Takes the next packet, in order of arrival.
   *
   * @param timeout the longest wait, in milliseconds.
   */
  next(timeout: number): Promise<string | Buffer> {
    if (this.#listener !== null) return Promise.reject(new Error('The packets go to the listener of listen()'));
    const packet = this.#received.shift();
    if (packet !== undefined) return Promise.resolve(packet);
    if (this.#end !== null) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((each) => each !== entry);
        reject(new Error(`No packet came within ${timeout} ms`));
      }, timeout);
      const entry = {
        resolve: (next: string | Buffer): void => {
          clearTimeout(timer);
          resolve(next);
        },
        reject: (error: Error): void => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#waiting.push(entry);
    });
  }
}
