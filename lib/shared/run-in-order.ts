/**
 * Runs steps in order, each once its predecessor has called `next`; `next(error)` ends it.
 *
 * A second `next` of the same step does nothing.
 *
 * @param run starts one step; it may not throw.
 * @param done called once at most; never when a step never calls `next`.
 */
export function runInOrder<Step, Failure>(
  steps: readonly Step[],
  run: (step: Step, next: (error?: Failure | null) => void) => void,
  done: (error?: Failure) => void,
): void {
  const begin = (index: number): void => {
    const step = steps[index];
    if (step === undefined) {
      done();
      return;
    }
    let isDone = false;
    run(step, (error) => {
      if (isDone) return;
      isDone = true;
      if (error !== undefined && error !== null) done(error);
      else begin(index + 1);
    });
  };
  begin(0);
}
