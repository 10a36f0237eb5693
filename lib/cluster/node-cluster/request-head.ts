/** Longer first lines are led anywhere: the HTTP server there refuses them. */
const longestLine = 16_384;

/** The first line of a request; `null` when more has to be read for it. */
export function firstLineOf(head: Buffer): string | null {
  const end = head.indexOf('\r\n');
  if (end !== -1) return head.toString('latin1', 0, Math.min(end, longestLine));
  return head.length > longestLine ? '' : null;
}

/** The mark in the session id of a URL, or of a request's first line; `undefined` when there is none. */
export function markIn(text: string): string | undefined {
  const at = text.indexOf('sid=');
  if (at < 1) return undefined;
  return /[?&]sid=[^&# ]*\.([\w-]+)(?=[&# ]|$)/.exec(text)?.[1];
}
