import type { Packet } from '../protocol/index.js';
import { binaryOffset } from './binary-offset.js';

/**
 * Encodes a packet as its Engine.IO messages: one text, then its attachments.
 *
 * What a client sends is checked by its server; the protocol room's encoder, made for speed, is five times this size.
 *
 * @see Socket.IO v5 §Packet encoding
 */
export function encodePacket({ type, nsp, data, id }: Packet): (string | Uint8Array)[] {
  const attachments: Uint8Array[] = [];
  const json =
    data === undefined
      ? ''
      : JSON.stringify(data, function (this: Record<string, unknown>, key: string, value: unknown): unknown {
          // `value` went through toJSON already, which a Buffer has; the holder still has the bytes.
          const bytes = bytesOf(this[key]) ?? bytesOf(value);
          return bytes === undefined ? value : { _placeholder: true, num: attachments.push(bytes) - 1 };
        });
  const count = attachments.length;
  // Of packets, those of events and answers alone hold bytes.
  const head = count > 0 ? `${type + binaryOffset}${count}-` : type;
  return [`${head}${nsp === '/' ? '' : `${nsp},`}${id ?? ''}${json}`, ...attachments];
}

/** The bytes of a value that is made of them; a Blob stays one, for its transport to read. */
function bytesOf(value: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  // One that another realm made is no instance of our class.
  const tag = Object.prototype.toString.call(value);
  if (tag === '[object ArrayBuffer]') return new Uint8Array(value as ArrayBuffer);
  return /t (Blob|File)/.test(tag) ? (value as Uint8Array) : undefined;
}
