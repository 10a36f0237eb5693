import { PacketType, type Packet } from '../protocol/index.js';

/** An event of another node that came as the text that clients get; it is read for those alone who look at it. */
export class TextPacket implements Packet {
  readonly type = PacketType.EVENT;
  readonly nsp: string;
  readonly #text: string;

  constructor(nsp: string, text: string) {
    this.nsp = nsp;
    this.#text = text;
  }

  /** @throws SyntaxError when the text is no event. */
  get data(): unknown {
    // Behind the namespace, which has no bracket where a comma ends it.
    return JSON.parse(this.#text.slice(this.nsp === '/' ? 1 : this.nsp.length + 2));
  }
}
