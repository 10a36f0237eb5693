import { markerOf } from '../../shared/index.js';

/**
 * An event whose last argument may come from a client: one that looks like a marker does not end it any more.
 *
 * Who could make others believe that a message had come would keep the real one from them.
 */
export function withoutMarker(data: unknown[]): unknown[] {
  return markerOf(data) === undefined ? data : [...data, null];
}
