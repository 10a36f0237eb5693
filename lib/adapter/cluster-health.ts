/** How an adapter's bus is doing, and what it could not carry. */
export class ClusterHealth {
  #isReachable = true;
  #isFailing = false;
  #lastError: unknown = null;
  #failedPublishes = 0;
  #malformedMessages = 0;

  /** Whether the bus takes and brings messages now. */
  get isUp(): boolean {
    return this.#isReachable && !this.#isFailing;
  }

  /** The last error of the bus; `null` when there was none. */
  get lastError(): unknown {
    return this.#lastError;
  }

  /** How many messages the bus did not take: other nodes have not got them. */
  get failedPublishes(): number {
    return this.#failedPublishes;
  }

  /** How many messages came that are none, and were dropped. */
  get malformedMessages(): number {
    return this.#malformedMessages;
  }

  /** @internal */
  onMalformed(): void {
    this.#malformedMessages++;
  }

  /** A message was not taken; returns whether it is the first since the last that was. @internal */
  onPublishFailure(error: unknown): boolean {
    const isFirst = !this.#isFailing;
    this.#isFailing = true;
    this.#failedPublishes++;
    this.#lastError = error;
    return isFirst;
  }

  /** @internal */
  onPublished(): void {
    this.#isFailing = false;
  }

  /** @internal */
  setReachable(isReachable: boolean, error?: Error): void {
    this.#isReachable = isReachable;
    if (error !== undefined) this.#lastError = error;
  }
}
