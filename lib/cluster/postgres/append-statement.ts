import type { DeliverySchema } from './schema.js';

/**
 * Keeps messages behind the last ones of their streams, and drops what is too much of those.
 *
 * The row of a stream's head is held until that is done; rows are taken in one order, so that nodes do not wait for each
 * other in a circle. A stream whose last message is too old begins anew.
 *
 * Its values: the channel, the streams and the payloads of the messages, for how many milliseconds and how many of a stream
 * are kept. It gives where each message stands, in their order.
 */
export function appendStatement({ streams, deliveries }: DeliverySchema): string {
  return `
    WITH given AS (
      SELECT * FROM unnest($2::text[], $3::bytea[]) WITH ORDINALITY AS given (stream, payload, place)
    ), counted AS (
      SELECT stream, count(*) AS count FROM given GROUP BY stream
    ), head AS (
      INSERT INTO ${streams} AS known (channel, stream, epoch, last, expires_at)
      SELECT $1, stream, floor(extract(epoch FROM now()) * 1000), count, now() + $4::float8 * interval '1 millisecond'
      FROM counted ORDER BY stream
      ON CONFLICT (channel, stream) DO UPDATE SET
        epoch = CASE WHEN known.expires_at > now() THEN known.epoch
                     ELSE greatest(known.epoch + 1, excluded.epoch) END,
        last = CASE WHEN known.expires_at > now() THEN known.last ELSE 0 END + excluded.last,
        expires_at = greatest(known.expires_at, excluded.expires_at)
      RETURNING stream, epoch, last, expires_at
    ), numbered AS (
      SELECT stream, payload, place, epoch, expires_at,
        last - count + row_number() OVER (PARTITION BY stream ORDER BY place) AS number
      FROM given JOIN counted USING (stream) JOIN head USING (stream)
    ), kept AS (
      INSERT INTO ${deliveries} (channel, stream, epoch, number, payload, expires_at)
      SELECT $1, stream, epoch, number, payload, expires_at FROM numbered
    ), dropped AS (
      DELETE FROM ${deliveries} delivery USING head
      WHERE delivery.channel = $1 AND delivery.stream = head.stream AND delivery.epoch = head.epoch
        AND delivery.number <= head.last - $5::bigint
    )
    SELECT epoch, number AS last FROM numbered ORDER BY place`;
}
