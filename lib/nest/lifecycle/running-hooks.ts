/** The disconnect hooks that are still running, so that shutdown can wait for them. */
export class RunningHooks {
  readonly #running = new Set<Promise<unknown>>();

  add(hook: Promise<unknown>): void {
    this.#running.add(hook);
    void hook.finally(() => this.#running.delete(hook));
  }

  /** Waits for all of them, at most `timeout` milliseconds. */
  async settled(timeout: number): Promise<void> {
    if (this.#running.size === 0) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const bound = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeout);
    });
    await Promise.race([Promise.allSettled(this.#running), bound]);
    clearTimeout(timer);
  }
}
