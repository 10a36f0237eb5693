import type { ServerOptions } from '../../server/index.js';
import { isUserRoom } from './user-room.js';

/**
 * Makes inboxes of the streams of users' rooms: who joins one for the first time gets what is kept.
 *
 * `newcomers` of the application counts instead, where it is given.
 */
export function withInboxes<Options extends ServerOptions>(options: Options): Options {
  const { reliableDelivery } = options;
  if (reliableDelivery === undefined || reliableDelivery === false) return options;
  const given = reliableDelivery === true ? {} : reliableDelivery;
  return { ...options, reliableDelivery: { ...given, newcomers: given.newcomers ?? inboxes } };
}

function inboxes(room: string): 'all' | 'none' {
  return isUserRoom(room) ? 'all' : 'none';
}
