import type { Line } from './lines';

/** One message; one that was not said tells why. */
export function TalkLine({ line, onAgain }: { readonly line: Line; readonly onAgain: (line: Line) => void }) {
  const { from, text, state, failure } = line;
  return (
    <li data-state={state}>
      <b>{from}</b>
      <span>{text}</span>
      {failure !== undefined && <em role="alert"> Not sent: {failure.message}</em>}
      {failure?.mayTryAgain === true && <button onClick={() => onAgain(line)}>Try again</button>}
    </li>
  );
}
