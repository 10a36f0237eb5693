import { isDeepStrictEqual } from 'node:util';

/**
 * Sends one event.
 *
 * @param {import('./paths.mjs').Path} path
 * @param {unknown} answer what its ack has to be.
 * @throws when it answers something else: such a path is no faster, it is wrong.
 */
export async function check({ layer, handler, emit }, answer) {
  const answered = await new Promise((resolve) => {
    emit((...args) => resolve(args));
  });
  if (!isDeepStrictEqual(answered, [answer])) {
    throw new Error(`${layer}, ${handler}: answers ${JSON.stringify(answered)}`);
  }
}
