import type { Crew } from '../../cluster/faults/crew.js';
import type { Intruder } from './intruder.js';

/** A worker whose code sends what it likes to the primary, which passes it on. */
export async function nodeClusterIntruder(crew: Crew): Promise<Intruder> {
  const [worker] = crew.nodes;
  return {
    // What goes between processes cannot be overheard by others.
    heard: [],
    places: async () => ['as it is', 'as data', 'as fields'],
    async say(place, messages) {
      await worker!.evaluate(
        async (_io, how, texts) => {
          const frame = { source: '_sio_adapter', uid: 'intruder', nsp: '/', type: 3 };
          for (const text of texts) {
            let value: unknown = text;
            try {
              value = JSON.parse(text);
            } catch {
              // Then it is a text.
            }
            const fields = typeof value === 'object' ? value : { data: value };
            const message =
              how === 'as it is' ? value : how === 'as data' ? { ...frame, data: value } : { ...frame, ...fields };
            await new Promise((resolve) => {
              try {
                process.send!(message, resolve);
              } catch (error) {
                // Too deep for the channel between processes.
                resolve(error);
              }
            });
          }
        },
        place,
        messages.map((bytes) => bytes.toString('latin1')),
      );
    },
    leave: async () => {},
  };
}
