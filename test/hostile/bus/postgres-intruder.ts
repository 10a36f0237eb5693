import pg from 'pg';
import type { Crew } from '../../cluster/faults/crew.js';
import type { Intruder, Overheard } from './intruder.js';

const channel = 'socket.io#/';
const notification = 'notification';
const attachment = 'attachment';
const kept = 'kept message';
/** The longest payload of a notification, in bytes; a character of latin1 is two of them at most. */
const longest = 3_900;

/** What stands in a notification cannot be empty of meaning to PostgreSQL: text, without zeros. */
const asText = (bytes: Buffer): string => bytes.toString('latin1').replaceAll('\0', '').slice(0, longest);

/** The ways through tables, as a statement for one message. */
const statements: Readonly<Record<string, (bytes: Buffer) => [text: string, values: unknown[]]>> = {
  [attachment]: (bytes) => [
    `WITH made AS (INSERT INTO socket_io_attachments (payload) VALUES ($1) RETURNING id)
     SELECT pg_notify($2, json_build_object('uid', 'intruder', 'type', 3, 'attachmentId', id::text)::text) FROM made`,
    [bytes, channel],
  ],
  [kept]: (bytes) => [
    `WITH place AS (UPDATE rookery_positions SET last = last + 1 WHERE channel = $2 RETURNING last),
     made AS (INSERT INTO rookery_messages (channel, id, uid, number, type, payload)
       SELECT $2, last, 'intruder', last, 3, $1 FROM place RETURNING id)
     SELECT pg_notify($2, json_build_object('uid', 'intruder', 'log', id)::text) FROM made`,
    [bytes, channel],
  ],
};

/** Somebody with a connection to PostgreSQL: notifications, and the tables that they point to. */
export async function postgresIntruder(crew: Crew): Promise<Intruder> {
  const client = new pg.Client({ host: '127.0.0.1', port: crew.brokerPort!, user: 'postgres' });
  await client.connect();
  const heard: Overheard[] = [];
  client.on('notification', ({ payload = '' }) => heard.push({ place: notification, bytes: Buffer.from(payload) }));
  await client.query(`LISTEN "${channel}"`);
  const { rows } = await client.query(`SELECT to_regclass('rookery_messages') IS NOT NULL AS keeps`);
  return {
    heard,
    places: async () => (rows[0].keeps === true ? [notification, attachment, kept] : [notification, attachment]),
    async say(place, messages) {
      await client.query('BEGIN');
      if (place === notification) {
        await client.query('SELECT pg_notify($1, each) FROM unnest($2::text[]) AS each', [
          channel,
          messages.map(asText),
        ]);
      } else {
        for (const bytes of messages) await client.query(...statements[place]!(bytes));
      }
      await client.query('COMMIT');
    },
    leave: () => client.end(),
  };
}
