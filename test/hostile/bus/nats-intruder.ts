import { connect } from '@nats-io/transport-node';
import type { Crew } from '../../cluster/faults/crew.js';
import { eventually } from '../../interop/published-adapters/cluster.js';
import type { Intruder, Overheard } from './intruder.js';

/** Subjects of NATS itself. */
const isNatsOwn = (subject: string): boolean => /^(\$|_)/.test(subject);

/** Somebody with a connection to NATS: every subject that nodes use, those of a stream too. */
export async function natsIntruder(crew: Crew): Promise<Intruder> {
  const connection = await connect({ servers: `127.0.0.1:${crew.brokerPort}` });
  const heard: Overheard[] = [];
  const seen = new Set<string>();
  connection.subscribe('>', {
    callback: (_error, { subject, data }) => {
      if (isNatsOwn(subject)) return;
      seen.add(subject);
      heard.push({ place: subject, bytes: Buffer.from(data) });
    },
  });
  // Whoever asks is answered on subjects of his own.
  await eventually('nodes speak', async () => {
    await Promise.all(crew.nodes.map((node) => node.evaluate(async (io) => void (await io.fetchSockets()))));
    return seen.size > crew.nodes.length;
  });
  return {
    heard,
    places: async () => [...seen],
    async say(place, messages) {
      for (const bytes of messages) connection.publish(place, bytes);
      await connection.flush();
    },
    leave: () => connection.close(),
  };
}
