import { useSyncExternalStore } from 'react';
import type { EventsMap, Socket } from 'rookery/client';
import { ConnectionStore, type Connection } from './connection-store';

const stores = new WeakMap<object, ConnectionStore>();

/** What becomes of a socket's connection; all components see the same. */
export function useConnection<ListenEvents extends EventsMap, EmitEvents extends EventsMap>(
  socket: Socket<ListenEvents, EmitEvents>,
): Connection {
  let store = stores.get(socket);
  if (store === undefined) stores.set(socket, (store = new ConnectionStore(socket as never)));
  return useSyncExternalStore(store.subscribe, store.current);
}
