import { createRequire } from 'node:module';
import type { Socket } from 'socket.io-client';
import { Clients } from '../support/clients.js';

const pause = 20;

/** A well-behaved client, which asks the server something all the time and measures how long the answer takes. */
export class Canary {
  /** How often it lost its connection. */
  disconnects = 0;
  readonly #clients: Clients;
  #socket!: Socket;
  #worst = 0;
  #answers = 0;
  #isStopped = false;
  #loop: Promise<void> = Promise.resolve();

  private constructor(url: string) {
    this.#clients = new Clients(() => url);
  }

  /** @param parser the package of its encoding. */
  static async start(url: string, parser?: string): Promise<Canary> {
    const canary = new Canary(url);
    canary.#socket = await canary.#clients.connect('/', {
      transports: ['websocket'],
      ...(parser !== undefined && { parser: createRequire(import.meta.url)(parser) as object }),
    });
    canary.#socket.on('disconnect', () => {
      if (!canary.#isStopped) canary.disconnects++;
    });
    canary.#loop = canary.#measure();
    return canary;
  }

  /** The longest round trip since it was last asked, in milliseconds; rejects when there was no answer at all. */
  takeWorst(): number {
    if (this.#answers === 0) throw new Error('The canary has had no answer');
    const worst = this.#worst;
    this.#worst = 0;
    this.#answers = 0;
    return worst;
  }

  /** Asks once; rejects when no answer comes. */
  async ask(): Promise<void> {
    await this.#socket.timeout(10_000).emitWithAck('alive');
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#loop;
    await this.#clients.closed();
  }

  async #measure(): Promise<void> {
    while (!this.#isStopped && this.#socket.connected) {
      const start = performance.now();
      try {
        await this.ask();
      } catch {
        this.#worst = Infinity;
        return;
      }
      this.#worst = Math.max(this.#worst, performance.now() - start);
      this.#answers++;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
