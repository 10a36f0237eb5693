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

// Up to these a value is walked by recursion, and without remembering what was seen: most payloads are small trees.
const smallDepth = 32;
const smallNodes = 1_000;
// Deeper than JSON.stringify can go; it is the one to refuse the value.
const deepest = 20_000;

/** How many more objects the recursion that runs may visit. */
let nodesLeft = 0;

/**
 * Tells whether a value holds binary anywhere, as `JSON.stringify` would meet it.
 *
 * Linear in the number of distinct objects, and of limited recursion: deep and circular values do no harm.
 */
// hot: a small tree without binary is walked without an allocation of ours.
export function hasBinary(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  nodesLeft = smallNodes;
  return walkSmall(value, smallDepth) ?? walk(value);
}

/** Returns `undefined` for a value that is too deep or too large for it. */
function walkSmall(node: object, depth: number): boolean | undefined {
  if (isBinary(node)) return true;
  if (depth === 0 || --nodesLeft < 0) return undefined;
  const json = toJson(node);
  if (json !== node && (typeof json !== 'object' || json === null)) return false;
  if (json !== node && isBinary(json)) return true;
  if (Array.isArray(json)) {
    for (let index = 0; index < json.length; index++) {
      const child: unknown = json[index];
      if (typeof child !== 'object' || child === null) continue;
      const found = walkSmall(child, depth - 1);
      if (found !== false) return found;
    }
    return false;
  }
  for (const key in json as Record<string, unknown>) {
    const child = (json as Record<string, unknown>)[key];
    if (typeof child !== 'object' || child === null || !Object.hasOwn(json as object, key)) continue;
    const found = walkSmall(child, depth - 1);
    if (found !== false) return found;
  }
  return false;
}

/** Iterative, and visits each object once. */
function walk(root: object): boolean {
  const stack: object[] = [root];
  const depths: number[] = [0];
  const seen = new Set<object>();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const depth = depths.pop()! + 1;
    if (isBinary(node)) return true;
    if (depth > deepest) return false;
    if (seen.has(node)) continue;
    seen.add(node);
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
 * Copies a value as far as binary stands in it, with placeholders in its place; the rest is shared with the original.
 *
 * @param attachments takes the bytes, in the order in which they are written.
 * @returns `undefined` for a value that is too deep or too large for it.
 */
// hot: copies the way to each attachment and nothing else, so that JSON.stringify needs no function.
export function takeOutAttachments(value: object, attachments: Uint8Array[]): unknown {
  nodesLeft = smallNodes;
  return takeOut(value, attachments, smallDepth);
}

function takeOut(node: object, attachments: Uint8Array[], depth: number): unknown {
  if (isBinary(node)) return placeholderFor(attachments, node);
  if (depth === 0 || --nodesLeft < 0) return undefined;
  const json = toJson(node);
  if (typeof json !== 'object' || json === null) return node;
  if (json !== node && isBinary(json)) return placeholderFor(attachments, json);
  const source = json as Record<string | number, unknown>;
  // Of an array JSON.stringify writes what stands at its indexes, whatever else it has.
  const keys = Array.isArray(json) ? null : Object.keys(json);
  const count = keys === null ? (json as unknown[]).length : keys.length;
  let copy: Record<string | number, unknown> | null = null;
  for (let index = 0; index < count; index++) {
    const key = keys === null ? index : keys[index]!;
    const child = source[key];
    if (typeof child !== 'object' || child === null) continue;
    const light = takeOut(child, attachments, depth - 1);
    if (light === undefined) return undefined;
    if (light === child) continue;
    copy ??= copyOf(source);
    copy[key] = light;
  }
  return copy ?? node;
}

/** What JSON.stringify writes as it is. */
function copyOf(source: object): Record<string, unknown> {
  if (Array.isArray(source)) return [...(source as unknown[])] as unknown as Record<string, unknown>;
  const copy: Record<string, unknown> = { ...source };
  // It counted already.
  if (typeof copy['toJSON'] === 'function') copy['toJSON'] = undefined;
  return copy;
}

/** Takes an attachment, and makes what stands for it. */
export function placeholderFor(attachments: Uint8Array[], value: ArrayBuffer | ArrayBufferView): Placeholder {
  return { _placeholder: true, num: attachments.push(toBytes(value)) - 1 };
}

/**
 * Puts attachments where their placeholders stand, in place.
 *
 * @param attachments each is taken out once it stands somewhere: a packet that has one in many places would grow with
 * each of them when it is sent on.
 * @throws ParseError for a placeholder whose number is not that of an attachment, or was there before.
 */
export function restoreAttachments(data: unknown[], attachments: (Uint8Array | undefined)[]): void {
  const stack: object[] = [data];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    for (const key of Object.keys(node)) {
      const child = (node as Record<string, unknown>)[key];
      if (typeof child !== 'object' || child === null) continue;
      if (isPlaceholder(child)) {
        (node as Record<string, unknown>)[key] = takeAttachment(child, attachments);
      } else {
        stack.push(child);
      }
    }
  }
}

/** By its own fields: what every object inherits makes none. */
function isPlaceholder(value: object): value is Placeholder {
  return (value as Partial<Placeholder>)._placeholder === true && Object.hasOwn(value, '_placeholder');
}

function takeAttachment(placeholder: Placeholder, attachments: (Uint8Array | undefined)[]): Uint8Array {
  const num: unknown = Object.hasOwn(placeholder, 'num') ? placeholder.num : undefined;
  const attachment = Number.isInteger(num) ? attachments[num as number] : undefined;
  if (attachment === undefined) throw new ParseError('invalidPlaceholder');
  attachments[num as number] = undefined;
  return attachment;
}
