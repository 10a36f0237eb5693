/** One run of a handler, where something has to be known of it while it goes on. */
export class HandlerRun {
  /** Called when the method returns a stream. */
  onStreaming: (() => void) | undefined = undefined;
  #missed: AbortController | undefined = undefined;
  #isStreaming = false;

  /** Aborted when the client has been told that the method took too long. */
  get signal(): AbortSignal {
    return (this.#missed ??= new AbortController()).signal;
  }

  /** Whether the method, behind its interceptors, has returned a stream. */
  get isStreaming(): boolean {
    return this.#isStreaming;
  }

  miss(): void {
    this.#missed?.abort();
  }

  stream(): void {
    this.#isStreaming = true;
    this.onStreaming?.();
  }
}
