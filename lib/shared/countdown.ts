/** The longest time that a timer of the platform can be set to, in milliseconds. */
export const longestTimeout = 2 ** 31 - 1;

/** @returns what is left of a time that begins now, in milliseconds, each time it is called. */
export function countdown(timeout: number): () => number {
  const end = performance.now() + timeout;
  return () => Math.min(Math.max(0, end - performance.now()), longestTimeout);
}

/** Resolves when the work is done, or after a time, in milliseconds; rejects when the work fails before. */
export async function within(timeout: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const bound = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(timeout, longestTimeout));
  });
  try {
    await Promise.race([work, bound]);
  } finally {
    clearTimeout(timer);
  }
}
