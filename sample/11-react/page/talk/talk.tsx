import type { FormEvent } from 'react';
import { ConnectionStatus } from './connection-status';
import { TalkLine } from './talk-line';
import { useTalk } from './use-talk';

/** The talk, once a name is known. */
export function Talk({ name, onLeave }: { readonly name: string; readonly onLeave: () => void }) {
  const { connection, lines, say, sayAgain } = useTalk(name);
  const waiting = lines.filter(({ state }) => state === 'pending').length;
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    say(String(new FormData(event.currentTarget).get('text')));
    event.currentTarget.reset();
  };
  return (
    <>
      <header>
        <h1>Talk</h1>
        <ConnectionStatus state={connection.state} waiting={waiting} />
        {/* What waits would be sent under the next name. */}
        <button onClick={onLeave} disabled={waiting > 0}>
          Leave
        </button>
      </header>
      {connection.refusal !== undefined && <p role="alert">{connection.refusal}</p>}
      <ol aria-live="polite">
        {lines.map((line) => (
          <TalkLine key={line.id} line={line} onAgain={sayAgain} />
        ))}
      </ol>
      {connection.state !== 'refused' && (
        <form onSubmit={submit}>
          <input name="text" aria-label="Your message" placeholder="Say something" autoComplete="off" />
          <button>Say</button>
        </form>
      )}
    </>
  );
}
