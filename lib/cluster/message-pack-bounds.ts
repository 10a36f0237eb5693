/** How a value that is none of the short ones goes on behind its first byte. */
interface Layout {
  /** How many bytes follow in any case, those of a length not counted. */
  readonly fixed: number;
  /** How wide the length is that stands there, in bytes. */
  readonly length: 0 | 1 | 2 | 4;
  /** How many values the length counts each of; bytes, where it is 0. */
  readonly values: 0 | 1 | 2;
}

const bytesOf = (fixed: number): Layout => ({ fixed, length: 0, values: 0 });
const lengthOf = (length: 1 | 2 | 4, fixed = 0): Layout => ({ fixed, length, values: 0 });
const valuesOf = (length: 2 | 4, values: 1 | 2): Layout => ({ fixed: 0, length, values });

/** From `0xc0` to `0xdf`; the second one is never used. @see MessagePack specification §Formats */
const layouts: readonly (Layout | null)[] = [
  ...[bytesOf(0), null, bytesOf(0), bytesOf(0)],
  ...[lengthOf(1), lengthOf(2), lengthOf(4)],
  ...[lengthOf(1, 1), lengthOf(2, 1), lengthOf(4, 1)],
  ...[4, 8, 1, 2, 4, 8, 1, 2, 4, 8].map(bytesOf),
  ...[2, 3, 5, 9, 17].map(bytesOf),
  ...[lengthOf(1), lengthOf(2), lengthOf(4)],
  ...[valuesOf(2, 1), valuesOf(4, 1), valuesOf(2, 2), valuesOf(4, 2)],
];

/** Where a value of MessagePack ends, without reading it; -1 when the bytes end before. */
// hot: a step per value, no object.
export function endOf(bytes: Buffer, start: number): number {
  let at = start;
  for (let left = 1; left > 0; left--) {
    if (at >= bytes.length) return -1;
    const first = bytes[at++]!;
    if (first < 0x80 || first > 0xdf) continue;
    if (first >= 0xc0) {
      const layout = layouts[first - 0xc0]!;
      if (layout === null || at + layout.length > bytes.length) return -1;
      const length = layout.length === 0 ? 0 : bytes.readUIntBE(at, layout.length);
      at += layout.fixed + layout.length;
      if (layout.values === 0) at += length;
      else left += length * layout.values;
    } else if (first >= 0xa0) {
      at += first & 0x1f;
    } else {
      left += first >= 0x90 ? first & 0x0f : (first & 0x0f) * 2;
    }
  }
  return at <= bytes.length ? at : -1;
}

/** Where the bytes of a text begin; -1 when it is none. */
export function textStart(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first >= 0xa0 && first < 0xc0) return at + 1;
  if (first < 0xd9 || first > 0xdb) return -1;
  return at + 1 + layouts[first - 0xc0]!.length;
}

/** Whether these bytes stand there. */
export function isAt(bytes: Buffer, at: number, expected: Buffer): boolean {
  // Ids of nodes differ to their end.
  for (let n = expected.length - 1; n >= 0; n--) if (bytes[at + n] !== expected[n]) return false;
  return true;
}
