import { EventEmitter } from 'node:events';
import { ClusterAdapter } from 'socket.io-adapter';
import type { AdapterConstructor } from '../../lib/server/index.js';

/** Adapters of servers in one process, which are a cluster: the published one, on a bus of memory. */
export function createBus(): AdapterConstructor {
  const bus = new EventEmitter();
  class BusAdapter extends ClusterAdapter {
    constructor(nsp: never) {
      super(nsp);
      bus.on(this.nsp.name, this.#receive);
    }

    readonly #receive = (kind: 'message' | 'response', message: unknown): void => {
      if (kind === 'message') this.onMessage(message as never);
      else this.onResponse(message as never);
    };

    override doPublish(message: unknown): Promise<string> {
      bus.emit(this.nsp.name, 'message', message);
      return Promise.resolve('');
    }

    override doPublishResponse(_requester: string, response: unknown): Promise<void> {
      bus.emit(this.nsp.name, 'response', response);
      return Promise.resolve();
    }

    override serverCount(): Promise<number> {
      return Promise.resolve(bus.listenerCount(this.nsp.name));
    }

    override close(): void {
      bus.off(this.nsp.name, this.#receive);
    }
  }
  return BusAdapter as unknown as AdapterConstructor;
}
