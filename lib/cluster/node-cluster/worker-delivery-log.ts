import type { DeliveryLog, DeliveryLogLimits, DeliveryOffset, DeliveryPage } from '../../adapter/index.js';
import type { LogQuestions } from './log-questions.js';
import type { LogRequest } from './log-wire.js';

/** The log of a namespace, which the primary keeps. */
export class WorkerDeliveryLog implements DeliveryLog {
  readonly #questions: LogQuestions;
  readonly #namespace: string;
  readonly #limits: DeliveryLogLimits;
  readonly #timeout: number;
  #isClosed = false;

  /** @param timeout how long the primary may take to answer, in milliseconds. */
  constructor(questions: LogQuestions, namespace: string, limits: DeliveryLogLimits, timeout: number) {
    const { maxAge, maxMessagesPerStream, maxMessages } = limits;
    this.#questions = questions;
    this.#namespace = namespace;
    // Whatever else the given ones have need not fit through the channel.
    this.#limits = { maxAge, maxMessagesPerStream, maxMessages };
    this.#timeout = timeout;
    questions.join();
  }

  async append(stream: string, data: unknown[]): Promise<DeliveryOffset> {
    return (await this.#ask({ act: 'append', stream, data })) as DeliveryOffset;
  }

  async heads(streams: readonly string[]): Promise<DeliveryOffset[]> {
    return (await this.#ask({ act: 'heads', streams })) as DeliveryOffset[];
  }

  async read(stream: string, after: DeliveryOffset, limit: number): Promise<DeliveryPage> {
    return (await this.#ask({ act: 'read', stream, after, limit })) as DeliveryPage;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#questions.leave();
  }

  #ask(request: LogRequest): Promise<unknown> {
    return this.#questions.ask({ nsp: this.#namespace, limits: this.#limits, request }, this.#timeout);
  }
}
