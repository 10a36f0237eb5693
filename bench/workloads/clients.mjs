import { WebSocketClient } from '../client/web-socket-client.mjs';

/** How many connect at a time. */
const together = 50;

/**
 * Runs something for every index, some at a time.
 *
 * @template T
 * @param {number} count
 * @param {(index: number) => Promise<T>} run
 * @returns {Promise<T[]>}
 */
export async function forMany(count, run) {
  const results = [];
  let next = 0;
  const lanes = Array.from({ length: Math.min(together, count) }, async () => {
    while (next < count) {
      const index = next++;
      results[index] = await run(index);
    }
  });
  await Promise.all(lanes);
  return results;
}

/**
 * @param {number} port
 * @param {number} count
 * @returns {Promise<WebSocketClient[]>} connected, in the main namespace.
 */
export function openClients(port, count) {
  return forMany(count, () => WebSocketClient.open(port));
}
