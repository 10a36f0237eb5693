/**
 * Asks a function of the application, which answers with a callback, now or later; its first answer counts.
 *
 * @param ask calls it; what it returns may be a promise, which matters where it rejects.
 * @param decide called once at most.
 * @param fail takes what it threw or rejected with, and tells which answer stands in the place of its own.
 */
export function askOnce<Answer>(
  ask: (decide: (answer: Answer) => void) => unknown,
  decide: (answer: Answer) => void,
  fail: (error: unknown) => Answer,
): void {
  let isDecided = false;
  const decideOnce = (answer: Answer): void => {
    if (isDecided) return;
    isDecided = true;
    decide(answer);
  };
  const refuse = (error: unknown): void => decideOnce(fail(error));
  try {
    const result = ask(decideOnce);
    if (result instanceof Promise) result.catch(refuse);
  } catch (error) {
    refuse(error);
  }
}

/** What a callback of Node's kind has said: whether it was told yes, and of no error. */
export function isYes(error: unknown, isAllowed: unknown): boolean {
  return (error === null || error === undefined) && isAllowed === true;
}
