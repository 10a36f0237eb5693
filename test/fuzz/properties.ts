import assert from 'node:assert/strict';
import { ParseError } from '../../lib/protocol/index.js';

/** What was read; `undefined` where it was refused. Anything but a ParseError goes through. */
export function readOrRefused<Read>(read: () => Read): Read | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

/** A value as JSON has it, with bytes by their digits: -0 is 0, and what is no number is null. */
export function asJson(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key: string, each: unknown): unknown {
    const original = this[key];
    return ArrayBuffer.isView(original)
      ? { bytes: Buffer.from(original.buffer, original.byteOffset, original.byteLength).toString('hex') }
      : each;
  });
}

/** Two values stand for the same on the wire. */
export function assertSame(actual: unknown, expected: unknown): void {
  assert.equal(asJson(actual), asJson(expected));
}
