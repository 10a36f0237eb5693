import { markerOf, RookeryError, streamsEvent } from '../../shared/index.js';

/** Refuses the name by which clients are told where streams stand: an application may let clients choose names. */
export function assertOrdinary(event: unknown): void {
  if (event === streamsEvent)
    throw new RookeryError('INVALID_EVENT_NAME', `"${streamsEvent}" is a reserved event name`);
}

/**
 * An event as it is sent where others are delivered reliably: its arguments may come from a client.
 *
 * Who could make others believe that a message had come would keep the real one from them: what looks like a marker at its
 * end does not end it any more.
 *
 * @throws RookeryError `INVALID_EVENT_NAME` for a name of ours.
 */
export function asOrdinary(data: unknown[]): unknown[] {
  assertOrdinary(data[0]);
  return markerOf(data) === undefined ? data : [...data, null];
}
