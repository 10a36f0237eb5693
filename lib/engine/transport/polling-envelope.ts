/** What stands around the text of a polling body. */
export interface PollingEnvelope {
  wrap(text: string): string;
  unwrap(body: string): string;
}

/** A body is the payload itself. */
export const plainEnvelope: PollingEnvelope = { wrap: (text) => text, unwrap: (body) => body };

// They end a line of script, though JSON may hold them as they are.
const lineTerminators = /[\u2028\u2029]/g;
const escapedNewline = /(\\)?\\n/g;

/**
 * Answers are a call of a function, for pages that load them as a script; posts come from a form.
 *
 * @param callback the `j` parameter of the handshake; its digits name the function.
 * @see Engine.IO v3 §JSONP
 */
export function jsonpEnvelope(callback: string): PollingEnvelope {
  const name = `___eio[${callback.replace(/\D/g, '')}]`;
  return {
    wrap: (text) => `${name}(${JSON.stringify(text).replace(lineTerminators, escapeUnicode)});`,
    unwrap: (body) => {
      const payload = new URLSearchParams(body).get('d') ?? '';
      // Forms change line ends: clients escape them, and what looked escaped before once more.
      return payload.replace(escapedNewline, (_match, backslash?: string) => (backslash === undefined ? '\n' : '\\n'));
    },
  };
}

function escapeUnicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16)}`;
}
