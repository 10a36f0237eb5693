import { decodePayload, encodePacket, recordSeparator } from '../protocol/index.js';
import { WireClient, type WireOptions } from './wire-client.js';

/** A wire client over long-polling: one GET is always open, POSTs follow one another. */
export class PollingWireClient extends WireClient {
  readonly #url: string;
  readonly #abort = new AbortController();
  #posting: Promise<void> = Promise.resolve();
  #outgoing: (string | Uint8Array)[] = [];
  #isOpen = true;

  private constructor(url: string, options: WireOptions) {
    super(options);
    this.#url = url;
  }

  /**
   * Opens a session.
   *
   * @param url the server's path with its query, `http://127.0.0.1:3000/socket.io/?EIO=4&transport=polling`.
   */
  static async connect(url: string, options: WireOptions = {}): Promise<PollingWireClient> {
    const client = new PollingWireClient(url, options);
    const response = await fetch(url);
    const body = await response.text();
    if (!response.ok) throw new Error(`The handshake was refused with ${response.status}: ${body}`);
    client.#receive(body);
    await client.readHandshake();
    void client.#poll();
    return client;
  }

  /** Sends a packet; those of one tick share a POST. */
  send(packet: string | Uint8Array): void {
    this.#outgoing.push(packet);
    if (this.#outgoing.length === 1) this.#posting = this.#posting.then(() => this.#post());
  }

  async close(): Promise<void> {
    if (this.#isOpen) this.send('1');
    await this.#posting;
    this.#finish('closed by the client');
  }

  #session(): string {
    return `${this.#url}&sid=${this.sid}`;
  }

  async #poll(): Promise<void> {
    try {
      while (this.#isOpen) {
        const response = await fetch(this.#session(), { signal: this.#abort.signal });
        if (!response.ok) throw new Error(`status ${response.status}`);
        this.#receive(await response.text());
      }
    } catch (error) {
      this.#finish(String(error));
    }
  }

  async #post(): Promise<void> {
    const body = this.#outgoing
      .splice(0)
      .map((packet) => (typeof packet === 'string' ? packet : encodePacket({ type: 'message', data: packet }, false)))
      .join(recordSeparator);
    try {
      const response = await fetch(this.#session(), { method: 'POST', body, signal: this.#abort.signal });
      await response.arrayBuffer();
    } catch (error) {
      this.#finish(String(error));
    }
  }

  #receive(payload: string): void {
    for (const { type, data } of decodePayload(payload)) {
      if (type === 'close') this.#finish('closed by the server');
      else if (type !== 'noop') {
        this.onPacket(typeof data === 'string' ? (encodePacket({ type, data }, true) as string) : Buffer.from(data));
      }
    }
  }

  #finish(reason: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#abort.abort();
    this.onClosed(reason);
  }
}
