import { useEffect, useEffectEvent } from 'react';
import type { EventsMap, IoOptions, Socket } from 'rookery/client';
import { sharedSocket } from './shared-socket';

/**
 * The socket of a URL, whose path names the namespace: one for all components, connected while one of them is mounted.
 *
 * The options are those of the component that asks first; `auth` is that of the last one, and counts at the next connection.
 */
export function useSocket<ListenEvents extends EventsMap, EmitEvents extends EventsMap>(
  url: string,
  options: IoOptions = {},
): Socket<ListenEvents, EmitEvents> {
  const shared = sharedSocket(url, options);
  const hold = useEffectEvent(() => shared.hold(options.auth));
  useEffect(() => hold(), [shared]);
  return shared.socket as never;
}
