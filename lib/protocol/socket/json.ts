import { ParseError } from '../parse-error.js';

/** A reviver as `JSON.parse` takes it. */
export type JsonReviver = (this: unknown, key: string, value: unknown) => unknown;

/**
 * Reads JSON that a peer has sent, without its keys named `__proto__`: a copy made of such an object would get its prototype.
 *
 * @throws ParseError for what is no JSON, or has more than `maxDepth` lists and objects within each other.
 */
// hot: four searches in the text; what looks like neither of both is read as it is.
export function parseJson(json: string, maxDepth: number, reviver: JsonReviver | undefined): unknown {
  if (mayBeDeeper(json, maxDepth) && isDeeper(json, maxDepth)) throw new ParseError('tooDeep');
  const read = namesPrototype(json) ? withoutPrototypes(reviver) : reviver;
  try {
    return JSON.parse(json, read as never);
  } catch (error) {
    throw new ParseError('invalidPayload', { cause: error });
  }
}

/** Whether a text has brackets enough to be deeper; what is shorter than two for each level has not. */
function mayBeDeeper(json: string, maxDepth: number): boolean {
  if (json.length <= 2 * maxDepth) return false;
  let left = maxDepth;
  for (let at = json.indexOf('['); at !== -1; at = json.indexOf('[', at + 1)) if (--left < 0) return true;
  for (let at = json.indexOf('{'); at !== -1; at = json.indexOf('{', at + 1)) if (--left < 0) return true;
  return false;
}

/** Counts the brackets that stand in no text. */
function isDeeper(json: string, maxDepth: number): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === 0x22 /* " */) {
      at = textEnd(json, at);
      // It never ends: JSON.parse is the one to say so.
      if (at === -1) return false;
    } else if (code === 0x5b /* [ */ || code === 0x7b /* { */) {
      if (++depth > maxDepth) return true;
    } else if (code === 0x5d /* ] */ || code === 0x7d /* } */) {
      depth--;
    }
  }
  return false;
}

/** Where the quote stands that ends the text that begins at `start`; each backslash is looked at once. */
function textEnd(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end !== -1; end = json.indexOf('"', end + 1)) {
    let first = end;
    while (json.charCodeAt(first - 1) === 0x5c /* \ */) first--;
    if ((end - first) % 2 === 0) return end;
  }
  return -1;
}

const prototypeKey = '__proto__';
// Every character of it may be written as an escape, and all of them begin alike.
const escapeStart = '\\u00';
const escapedPrototypeKey = new RegExp(
  `"${[...prototypeKey].map((each) => `(?:${each}|\\\\u00${each.charCodeAt(0).toString(16)})`).join('')}"`,
  'i',
);

function namesPrototype(json: string): boolean {
  if (json.indexOf(prototypeKey) !== -1) return true;
  return json.indexOf(escapeStart) !== -1 && escapedPrototypeKey.test(json);
}

function withoutPrototypes(reviver: JsonReviver | undefined): JsonReviver {
  return function (this: unknown, key: string, value: unknown): unknown {
    // What is undefined is taken out.
    if (key === prototypeKey) return undefined;
    return reviver === undefined ? value : reviver.call(this, key, value);
  };
}
