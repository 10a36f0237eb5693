import { RookeryError } from '../shared/index.js';
import { withBounds, type MessagePack, type MessagePackCodec } from './message-pack.js';

type Constructor = new (...args: unknown[]) => object;

/** The libraries that are loaded only where they are needed. */
export const peers = {
  'notepack.io': async (): Promise<MessagePack> =>
    withBounds(fromDefault<MessagePackCodec>(await import('notepack.io'))),
  '@nats-io/transport-node': async (): Promise<{ connect(options: object): Promise<object> }> =>
    await import('@nats-io/transport-node'),
  ioredis: async (): Promise<Constructor> => fromDefault(await import('ioredis')),
  redis: async (): Promise<{ createClient(options: object): object }> => await import('redis'),
  pg: async (): Promise<{ Client: new (config: object) => object }> => fromDefault(await import('pg')),
};

/**
 * Loads a library that the application has to have installed.
 *
 * @param entry who needs it, as it is imported.
 * @throws RookeryError `INVALID_OPTION` where it is not installed.
 */
export async function load<Name extends keyof typeof peers>(
  name: Name,
  entry: string,
): Promise<Awaited<ReturnType<(typeof peers)[Name]>>> {
  try {
    return (await peers[name]()) as Awaited<ReturnType<(typeof peers)[Name]>>;
  } catch (cause) {
    throw new RookeryError('INVALID_OPTION', `${entry} needs ${name}: npm install ${name}`, { cause });
  }
}

/** CommonJS modules are the default of what an import gives. */
function fromDefault<T>(module: object): T {
  return ((module as { default?: unknown }).default ?? module) as T;
}
