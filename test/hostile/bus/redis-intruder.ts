import { Redis } from 'ioredis';
import type { Crew } from '../../cluster/faults/crew.js';
import { eventually } from '../../interop/published-adapters/cluster.js';
import type { Intruder, Overheard } from './intruder.js';

const shard = 'shard ';
const stream = 'stream ';
/** What an entry of a stream needs, so that nodes look at what stands in it. */
const fieldsOf = (data: Buffer): (string | Buffer)[] => ['uid', 'intruder', 'nsp', '/', 'type', '3', 'data', data];

/** Somebody with a connection to Redis: channels, channels of shards, and streams. */
export async function redisIntruder(crew: Crew): Promise<Intruder> {
  const [speaker, listener] = [0, 1].map(() => new Redis(crew.brokerPort!, '127.0.0.1')) as [Redis, Redis];
  const heard: Overheard[] = [];
  const places = async (): Promise<string[]> => {
    const channels = (await speaker.pubsub('CHANNELS')) as string[];
    const shards = (await speaker.call('PUBSUB', 'SHARDCHANNELS')) as string[];
    const [, keys] = (await speaker.call('SCAN', '0', 'TYPE', 'stream')) as [string, string[]];
    return [...channels, ...shards.map((each) => shard + each), ...keys.map((each) => stream + each)];
  };
  listener.on('pmessageBuffer', (_pattern, channel: Buffer, bytes: Buffer) =>
    heard.push({ place: channel.toString(), bytes }),
  );
  listener.on('smessageBuffer', (channel: Buffer, bytes: Buffer) =>
    heard.push({ place: `${shard}${channel.toString()}`, bytes }),
  );
  await listener.psubscribe('*');
  const shards = (await places()).filter((place) => place.startsWith(shard)).map((place) => place.slice(shard.length));
  for (const each of shards) await listener.ssubscribe(each);
  await Promise.all(crew.nodes.map((node) => node.evaluate((io) => void io.emit('heard'))));
  await eventually('nodes are heard', async () => heard.length > 0);
  // Whoever listens to the channel of all nodes is counted as one.
  for (const each of shards) await listener.sunsubscribe(each);
  return {
    heard,
    places,
    async say(place, messages) {
      const pipeline = speaker.pipeline();
      for (const bytes of messages) {
        if (place.startsWith(stream)) pipeline.call('XADD', place.slice(stream.length), '*', ...fieldsOf(bytes));
        else if (place.startsWith(shard)) pipeline.call('SPUBLISH', place.slice(shard.length), bytes);
        else pipeline.publish(place, bytes);
      }
      await pipeline.exec();
    },
    async leave() {
      speaker.disconnect();
      listener.disconnect();
    },
  };
}
