import { InMemoryDeliveryLog, noDelivery } from '../../adapter/index.js';
import { isLogQuestion, logSource, type LogAnswer, type LogQuestion } from './log-wire.js';

/** The logs of all namespaces, in the memory of the primary: what a worker has written outlives it. */
export class PrimaryLogs {
  readonly #logs = new Map<string, InMemoryDeliveryLog>();

  /** Answers what a worker asks, whatever that is. Never rejects. */
  async answer(message: { readonly id: number }): Promise<LogAnswer> {
    const { id } = message;
    try {
      if (!isLogQuestion(message)) throw new Error('this primary does not understand the question');
      return { source: logSource, id, value: await this.#ask(message) };
    } catch (error) {
      return { source: logSource, id, error: (error as Error).message };
    }
  }

  #ask({ nsp, limits, request }: LogQuestion): Promise<unknown> {
    const log = this.#logs.get(nsp);
    switch (request.act) {
      case 'append':
        return (log ?? this.#begin(nsp, limits)).append(request.stream, request.data);
      case 'heads':
        return log?.heads(request.streams) ?? Promise.resolve(request.streams.map(() => noDelivery));
      case 'read':
        return (
          log?.read(request.stream, request.after, request.limit) ?? Promise.resolve({ head: noDelivery, messages: [] })
        );
    }
  }

  #begin(nsp: string, limits: LogQuestion['limits']): InMemoryDeliveryLog {
    // Namespaces may come and go.
    for (const [name, log] of this.#logs) {
      if (log.messageCount > 0) continue;
      log.close();
      this.#logs.delete(name);
    }
    const log = new InMemoryDeliveryLog(limits);
    this.#logs.set(nsp, log);
    return log;
  }
}
