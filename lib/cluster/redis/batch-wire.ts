import type { BroadcastOptions } from '../../adapter/index.js';

/*
 * Several broadcasts of one node in one text: `1<uid>:`, then for each `<length of head>,<length of text>:<head><text>`.
 *
 * Lengths are in UTF-16 units, base 36. The text is what clients get. The head is empty for everyone, `>room` for one
 * room, else JSON with what is not empty of `r`ooms, e`x`cept and `f`lags.
 */

/** Takes the broadcasts of a batch. */
export interface BatchReader {
  /** Whether this node has a member of a room; what is for one room without is not looked at further. */
  hasMember(room: string): boolean;
  take(text: string, options: BroadcastOptions): void;
}

const version = '1';
const none: ReadonlySet<string> = new Set();

/** What a batch of a node begins with. */
export function batchHead(uid: string): string {
  return `${version}${uid}:`;
}

/** A broadcast, as it stands in a batch. */
// hot: one text.
export function batchEntry(text: string, options: BroadcastOptions): string {
  const head = headOf(options);
  return `${head.length.toString(36)},${text.length.toString(36)}:${head}${text}`;
}

/** Who has sent a batch; `undefined` when it is none. */
export function senderOf(batch: string): string | undefined {
  const end = batch.indexOf(':');
  return batch.startsWith(version) && end > 0 ? batch.slice(version.length, end) : undefined;
}

/**
 * Reads a batch.
 *
 * @param prefix what the texts of the namespace begin with.
 * @returns whether it was one to its end.
 */
// hot: for a broadcast to a room without members here, a text of the name of the room.
export function readBatch(batch: string, prefix: string, reader: BatchReader): boolean {
  let lastHead: string | null = null;
  let lastOptions: BroadcastOptions | null = null;
  for (let at = batch.indexOf(':') + 1; at < batch.length;) {
    const comma = batch.indexOf(',', at);
    const colon = batch.indexOf(':', comma);
    if (comma === -1 || colon === -1) return false;
    const start = colon + 1 + lengthIn(batch, at, comma);
    const end = start + lengthIn(batch, comma + 1, colon);
    // Neither holds of what is no number.
    if (!(start < end && end <= batch.length)) return false;
    if (!batch.startsWith(prefix, start) || batch.charCodeAt(end - 1) !== 0x5d) return false;
    const head: string = batch.slice(colon + 1, start);
    at = end;
    if (head === lastHead) {
      if (lastOptions !== null) reader.take(batch.slice(start, end), lastOptions);
      continue;
    }
    const options: BroadcastOptions | null | undefined = head.startsWith('>')
      ? toRoom(head.slice(1), reader)
      : optionsIn(head);
    if (options === undefined) return false;
    [lastHead, lastOptions] = [head, options];
    if (options !== null) reader.take(batch.slice(start, end), options);
  }
  return true;
}

/** What the texts of a namespace begin with: the type of an event, the namespace, and a list. */
export function textPrefix(namespace: string): string {
  return namespace === '/' ? '2[' : `2${namespace},[`;
}

function headOf({ rooms, except, flags }: BroadcastOptions): string {
  const { compress, volatile } = flags;
  const hasFlags = compress === false || volatile === true;
  if (except.size === 0 && !hasFlags) {
    if (rooms.size === 0) return '';
    if (rooms.size === 1) for (const room of rooms) return `>${room}`;
  }
  return JSON.stringify({
    ...(rooms.size > 0 && { r: [...rooms] }),
    ...(except.size > 0 && { x: [...except] }),
    ...(hasFlags && { f: { compress, volatile } }),
  });
}

function toRoom(room: string, reader: BatchReader): BroadcastOptions | null {
  return reader.hasMember(room) ? { rooms: new Set([room]), except: none as Set<string>, flags: {} } : null;
}

function optionsIn(head: string): BroadcastOptions | undefined {
  if (head === '') return { rooms: new Set(), except: new Set(), flags: {} };
  try {
    const { r = [], x = [], f = {} } = JSON.parse(head) as { r?: unknown; x?: unknown; f?: unknown };
    if (!isTexts(r) || !isTexts(x) || typeof f !== 'object' || f === null) return undefined;
    return { rooms: new Set(r), except: new Set(x), flags: f };
  } catch {
    return undefined;
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** NaN where no length stands. */
function lengthIn(batch: string, start: number, end: number): number {
  let length = 0;
  if (start === end) return NaN;
  for (let at = start; at < end; at++) {
    const code = batch.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) length = length * 36 + code - 0x30;
    else if (code >= 0x61 && code <= 0x7a) length = length * 36 + code - 0x57;
    else return NaN;
  }
  return length;
}
