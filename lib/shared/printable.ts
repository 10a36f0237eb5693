/** How many characters of a peer's text a line of log holds, unless it is told otherwise. */
const longest = 200;

// Controls, C1 among them; line and paragraph separators; what turns the direction of text; halves of characters.
const unprintable =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Makes a text that stays on its line and moves no cursor: control characters and the like are written as escapes. */
export function escaped(text: string): string {
  return text.replace(unprintable, escapeOf);
}

/**
 * Makes a text of a peer fit for a line of log: `escaped()`, and no longer than `most` characters.
 *
 * What is left out is counted.
 */
export function printable(text: string, most = longest): string {
  if (text.length <= most) return escaped(text);
  return `${escaped(text.slice(0, most))}… (${text.length - most} more characters)`;
}

/** The beginning of an id that lets its owner speak for a client: enough to tell it from others in a log. */
export function shortId(id: string): string {
  return `${printable(id, 6).split('…', 1)[0]}…`;
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The text of whatever was thrown, in full, as it came; never throws itself. */
export function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    // Without a prototype, for one, there is nothing that makes a text of it.
    return `something without a text (${typeof error})`;
  }
}

/** The stack of an error, fit for a log: its message on one line, no other line that is no call; never throws itself. */
export function printableStack(error: unknown): string | undefined {
  try {
    if (!(error instanceof Error) || typeof error.stack !== 'string') return undefined;
    const message = messageOf(error);
    const { stack } = error;
    const at = message === '' ? -1 : stack.indexOf(message);
    const [head, rest] = at === -1 ? ['', stack] : [stack.slice(0, at) + message, stack.slice(at + message.length)];
    const [first = '', ...lines] = rest.split('\n');
    const calls = lines.filter((line) => /^\s+at /.test(line)).map((line) => `    ${escaped(line.trim())}`);
    return [printable(head + first, 1_000), ...calls].join('\n');
  } catch {
    return undefined;
  }
}
