import { Session } from 'node:inspector/promises';

/**
 * A function, and the share of the time that was spent in itself.
 *
 * @typedef {{ name: string, place: string, share: number }} ProfiledFunction
 */

/** Starts to sample this process. @returns {Promise<() => Promise<ProfiledFunction[]>>} ends it. */
export async function startProfile() {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 200 });
  await session.post('Profiler.start');
  return async () => {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    return selfTimes(profile);
  };
}

/**
 * Self time by function, the longest first; idle time is left out.
 *
 * @param {import('node:inspector').Profiler.Profile} profile
 * @returns {ProfiledFunction[]}
 */
export function selfTimes({ nodes, samples, timeDeltas }) {
  const nodeOf = new Map(nodes.map((node) => [node.id, node]));
  const byFunction = new Map();
  let total = 0;
  samples.forEach((id, index) => {
    const { functionName, url, lineNumber } = nodeOf.get(id).callFrame;
    if (functionName === '(idle)') return;
    const name = functionName || '(anonymous)';
    const file = url.split('/').slice(-2).join('/');
    const place = url === '' ? '' : `${file}:${lineNumber + 1}`;
    const key = `${name} ${place}`;
    const time = timeDeltas[index];
    total += time;
    const known = byFunction.get(key);
    if (known === undefined) byFunction.set(key, { name, place, time });
    else known.time += time;
  });
  return [...byFunction.values()]
    .toSorted((one, other) => other.time - one.time)
    .map(({ name, place, time }) => ({ name, place, share: time / total }));
}
