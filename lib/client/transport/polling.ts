import { decodePacket, encodePayload, recordSeparator } from '../../protocol/index.js';
import { batchLength } from '../batch.js';
import { platformPacket } from './binary.js';
import { withoutBlobs } from './blob.js';
import { Transport, type OutgoingPacket } from './transport.js';

/** An answer to a request. */
export interface PollingReply {
  readonly status: number;
  readonly body: string;
  /** What the platform knows of it. */
  readonly context: unknown;
}

/** HTTP long-polling by `fetch`: one request waits for packets, others bring them. */
export class PollingTransport extends Transport {
  static override readonly transportName: string = 'polling';
  readonly #abortion = new AbortController();
  #isPolling = false;
  #isPosting = false;
  #onIdle: (() => void) | null = null;

  override take(packets: readonly OutgoingPacket[], limit: number): number {
    return limit > 0 ? batchLength(packets, limit) : packets.length;
  }

  /** Lets the requests that are out come back, and makes no other. */
  override pause(done: () => void): void {
    this.#onIdle = done;
    this.#settle();
  }

  override resume(): void {
    this.#onIdle = null;
    if (this.state === 'open' && !this.#isPolling) void this.#poll();
    if (!this.#isPosting) this.drained();
  }

  /** One request; rejects where there is no answer. */
  protected async request(body: string | undefined, signal: AbortSignal): Promise<PollingReply> {
    const { extraHeaders, withCredentials } = this.options;
    const headers: Record<string, string> = { ...extraHeaders };
    if (body !== undefined) headers['Content-Type'] ??= 'text/plain;charset=UTF-8';
    const response = await fetch(this.requestUrl(), {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      credentials: withCredentials === true ? 'include' : 'same-origin',
      body: body ?? null,
      signal,
    });
    return { status: response.status, body: await response.text(), context: response };
  }

  protected requestUrl(): string {
    return this.url('http', this.options.timestampRequests !== false);
  }

  protected override start(): void {
    void this.#poll();
  }

  protected override write(packets: readonly OutgoingPacket[]): void {
    this.#isPosting = true;
    void this.#post(packets);
  }

  protected override release(tellServer: boolean): void {
    const abort = (): void => this.#abortion.abort();
    // The poll that waits is in vain once the server knows.
    if (tellServer) void this.request('1', this.#abortion.signal).then(abort, abort);
    else abort();
  }

  async #post(packets: readonly OutgoingPacket[]): Promise<void> {
    const reply = await this.#ask(encodePayload(await withoutBlobs(packets)));
    this.#isPosting = false;
    if (reply === undefined) return;
    this.drained();
    this.#settle();
  }

  async #poll(): Promise<void> {
    this.#isPolling = true;
    const reply = await this.#ask(undefined);
    if (reply === undefined) return;
    for (const part of reply.split(recordSeparator)) this.#receive(part);
    this.#isPolling = false;
    if (this.state === 'closed') return;
    if (this.#onIdle === null) void this.#poll();
    else this.#settle();
  }

  #receive(part: string): void {
    // The first answer opens the session.
    if (part.startsWith('0')) this.opened();
    this.received(() => platformPacket(decodePacket(part), this.options.binaryType));
  }

  /** Returns the body of an answer that is good, or reports the error. */
  async #ask(body: string | undefined): Promise<string | undefined> {
    const failure = `xhr ${body === undefined ? 'poll' : 'post'} error`;
    const { requestTimeout } = this.options;
    const timer = requestTimeout ? setTimeout(() => this.#abortion.abort(), requestTimeout) : undefined;
    try {
      const reply = await this.request(body, this.#abortion.signal);
      if (reply.status >= 200 && reply.status < 300) return reply.body;
      this.fail(failure, reply.status, reply.context);
    } catch (error) {
      this.fail(failure, 0, error);
    } finally {
      clearTimeout(timer);
    }
    return undefined;
  }

  #settle(): void {
    if (this.#onIdle === null || this.#isPolling || this.#isPosting) return;
    this.#onIdle();
  }
}
