import type { Connection } from '../socket/connection-store';

const texts: Readonly<Record<Connection['state'], string>> = {
  connecting: 'Connecting…',
  connected: 'Connected',
  reconnecting: 'Connection lost, trying again…',
  offline: 'Offline',
  refused: 'Not let in',
};

/** The state of the connection, and how many messages wait for it. */
export function ConnectionStatus({
  state,
  waiting,
}: {
  readonly state: Connection['state'];
  readonly waiting: number;
}) {
  const note = state === 'connected' || waiting === 0 ? '' : ` (${waiting} waiting)`;
  return (
    <p role="status" data-state={state}>
      {texts[state]}
      {note}
    </p>
  );
}
