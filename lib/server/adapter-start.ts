import { RookeryError } from '../shared/index.js';
import { messageOf } from '../shared/index.js';

/** Whose adapters are waited for. */
interface AdapterOwner {
  adaptersReady(): Promise<void>;
}

/**
 * Waits for the adapters of a server: nobody is served by one that reaches no other node.
 *
 * @param timeout how long, in milliseconds.
 * @throws RookeryError `ADAPTER_FAILED` when one fails or takes longer.
 * @internal
 */
export async function adaptersStarted(server: AdapterOwner, timeout: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it has not answered within ${timeout} ms`)), timeout);
  });
  try {
    await Promise.race([server.adaptersReady(), late]);
  } catch (error) {
    const message = `The adapter does not work: ${messageOf(error)}; see whether its bus can be reached`;
    throw new RookeryError('ADAPTER_FAILED', message, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
