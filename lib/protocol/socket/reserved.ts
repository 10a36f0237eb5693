/** The event names that applications cannot emit and peers cannot send. */
export const reservedEvents: ReadonlySet<string> = new Set([
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
]);

/** Tells whether a name belongs to the protocol or to the event emitter. */
export function isReservedEvent(name: unknown): boolean {
  return reservedEvents.has(name as string);
}
