/** A promise, and who decides about it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

export function deferred<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((...decide) => ([resolve, reject] = decide));
  return { promise, resolve, reject };
}

/** Resolves as `asked` does; rejects when that takes too long. @param timeout in milliseconds. */
export async function inTime<T>(asked: Promise<T>, timeout: number, tooLate: () => Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const end = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(tooLate()), timeout);
  });
  try {
    return await Promise.race([asked, end]);
  } finally {
    clearTimeout(timer!);
  }
}
