/** Resolves once a condition holds; it is looked at after every turn of the event loop, for five seconds at most. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`It never became true: ${String(condition)}`);
    await new Promise(setImmediate);
  }
}

/** A promise that the test decides about. */
export function deferred<T = void>(): { promise: Promise<T>; resolve(value: T): void; reject(error: Error): void } {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((...decide) => ([resolve, reject] = decide));
  return { promise, resolve, reject };
}
