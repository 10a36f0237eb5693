import { ParseError, type ParseErrorReason } from '../../lib/protocol/index.js';

/** The reason with which a decoder refuses; `undefined` when it accepts. Anything but a ParseError goes through. */
export function reasonOf(decode: () => unknown): ParseErrorReason | undefined {
  try {
    decode();
    return undefined;
  } catch (error) {
    if (error instanceof ParseError) return error.reason;
    throw error;
  }
}
