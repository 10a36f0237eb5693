import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Collects garbage, so that weak references to what nobody holds are empty. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let pass = 0; pass < 3; pass++) {
    // A weak reference that was made or read holds until the end of the turn.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    collect();
  }
}
