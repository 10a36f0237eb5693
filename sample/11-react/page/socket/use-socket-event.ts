import { useEffect, useEffectEvent } from 'react';
import type { EventName, EventsMap, ListenerFor, Socket, SocketReservedEvents } from 'rookery/client';

/** Calls the handler of the last render for each such event, while the component is mounted. */
export function useSocketEvent<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  Event extends EventName<ListenEvents> | EventName<SocketReservedEvents>,
>(
  socket: Socket<ListenEvents, EmitEvents>,
  event: Event,
  handler: ListenerFor<ListenEvents, SocketReservedEvents, Event>,
): void {
  const latest = useEffectEvent(handler as (...args: unknown[]) => void);
  useEffect(() => {
    const listener = ((...args: unknown[]) => latest(...args)) as typeof handler;
    socket.on(event, listener);
    return () => {
      socket.off(event, listener);
    };
  }, [socket, event]);
}
