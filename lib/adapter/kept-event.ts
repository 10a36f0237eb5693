import { Decoder, Encoder, PacketType } from '../protocol/index.js';

const encoder = new Encoder();
/** What this process has encoded itself it reads again, whatever it holds. */
const unlimited = { maxDepth: Infinity, maxAttachments: Infinity };

/** An event as it was when it was kept, whatever becomes of the objects it was made of. */
export class KeptEvent {
  readonly #parts: readonly (string | Uint8Array)[];

  /**
   * @param data the event's name and its arguments.
   * @throws RookeryError `NOT_SERIALIZABLE` when JSON cannot hold them.
   */
  constructor(data: unknown[]) {
    const [text, ...attachments] = encoder.encode({ type: PacketType.EVENT, nsp: '/', data });
    this.#parts = [text!, ...attachments.map((bytes) => copyOf(bytes as Uint8Array))];
  }

  /** The event's name and its arguments, made anew; attachments are copies that can be changed. */
  read(): unknown[] {
    const decoder = new Decoder(unlimited);
    let data: unknown;
    for (const part of this.#parts) data = decoder.push(typeof part === 'string' ? part : copyOf(part))?.data;
    return data as unknown[];
  }
}

function copyOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes);
}
