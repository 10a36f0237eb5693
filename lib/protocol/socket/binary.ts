import { ParseError } from '../parse-error.js';

/** The stand-in for an attachment inside the JSON of a binary packet. */
export interface Placeholder {
  readonly _placeholder: true;
  readonly num: number;
}

/** Tells whether a value travels as an attachment: an `ArrayBuffer` or a view of one. */
export function isBinary(value: unknown): value is ArrayBuffer | ArrayBufferView {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer || isForeignArrayBuffer(value);
}

/** One that another realm made, such as a frame or a `vm` context, is no instance of our class. */
function isForeignArrayBuffer(value: unknown): value is ArrayBuffer {
  return (
    typeof (value as { byteLength?: unknown } | null | undefined)?.byteLength === 'number' &&
    Object.prototype.toString.call(value) === '[object ArrayBuffer]'
  );
}

/** Returns the bytes of a binary value without copying them. */
export function toBytes(value: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return new Uint8Array(value);
}

// Up to here a value is walked without remembering what was seen: most payloads are small trees.
const nodesWithoutMemory = 1_000;
// Deeper than JSON.stringify can go; it is the one to refuse the value.
const deepest = 20_000;

/**
 * Tells whether a value holds binary anywhere, as `JSON.stringify` would meet it.
 *
 * Iterative, and linear in the number of distinct objects: deep and circular values do no harm.
 */
export function hasBinary(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return walk(value, null, nodesWithoutMemory) ?? walk(value, new Set(), Infinity) === true;
}

/** Returns `undefined` when the budget ran out before the end was seen. */
function walk(root: object, seen: Set<object> | null, budget: number): boolean | undefined {
  const stack: object[] = [root];
  const depths: number[] = [0];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const depth = depths.pop()! + 1;
    if (isBinary(node)) return true;
    if (--budget < 0) return undefined;
    if (depth > deepest) return false;
    if (seen !== null) {
      if (seen.has(node)) continue;
      seen.add(node);
    }
    const json = toJson(node);
    if (typeof json !== 'object' || json === null) continue;
    if (isBinary(json)) return true;
    for (const child of Array.isArray(json) ? (json as unknown[]) : Object.values(json)) {
      if (typeof child !== 'object' || child === null) continue;
      stack.push(child);
      depths.push(depth);
    }
  }
  return false;
}

/** What JSON.stringify would write in the place of an object: toJSON counts once. */
function toJson(node: object): unknown {
  const { toJSON } = node as { toJSON?: unknown };
  return typeof toJSON === 'function' ? toJSON.call(node) : node;
}

/**
 * Puts attachments where their placeholders stand, in place.
 *
 * @throws ParseError for a placeholder whose number is not that of an attachment.
 */
export function restoreAttachments(data: unknown[], attachments: readonly Uint8Array[]): void {
  const stack: object[] = [data];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    for (const key of Object.keys(node)) {
      const child = (node as Record<string, unknown>)[key];
      if (typeof child !== 'object' || child === null) continue;
      if ((child as Partial<Placeholder>)._placeholder === true) {
        (node as Record<string, unknown>)[key] = attachmentOf(child as Placeholder, attachments);
      } else {
        stack.push(child);
      }
    }
  }
}

function attachmentOf(placeholder: Placeholder, attachments: readonly Uint8Array[]): Uint8Array {
  const { num } = placeholder;
  const attachment = Number.isInteger(num) ? attachments[num] : undefined;
  if (attachment === undefined) throw new ParseError('invalidPlaceholder');
  return attachment;
}
