import { InMemoryAdapter } from '../../../lib/adapter/index.js';
import type { Packet } from '../../../lib/protocol/index.js';
import { Decoder, Encoder } from '../../../lib/protocol/index.js';
import type { Parser, Socket } from '../../../lib/server/index.js';
import { Ledger } from './ledger.js';

// A server whose parts are the application's own, and fail: its adapter, its parser.

class FailingAdapter extends InMemoryAdapter {
  override broadcast(...args: Parameters<InMemoryAdapter['broadcast']>): void {
    const [packet] = args;
    const how = (packet.data as unknown[])[1];
    if (how === 'throws') throw new Error('the adapter failed');
    if (how === 'rejects') return Promise.reject(new Error('the adapter failed')) as never;
    super.broadcast(...args);
  }

  override addAll(id: string, rooms: Set<string>): Promise<void> | void {
    if (rooms.has('throws')) throw new Error('the adapter failed');
    if (rooms.has('rejects')) return Promise.reject(new Error('the adapter failed'));
    return super.addAll(id, rooms);
  }

  override del(id: string, room: string): Promise<void> | void {
    if (room === 'throws') throw new Error('the adapter failed');
    return super.del(id, room);
  }
}

/** Reads what our own decoder reads, and fails on some words. */
class FailingDecoder {
  readonly #decoder = new Decoder();
  #listener: (packet: Packet) => void = () => {};

  on(_event: 'decoded', listener: (packet: Packet) => void): void {
    this.#listener = listener;
  }

  add(part: string | Uint8Array): void {
    if (typeof part === 'string') {
      if (part.includes('parser throws')) throw new TypeError('the parser failed');
      if (part.includes('parser throws nothing')) throw undefined;
      if (part.includes('parser makes null')) this.#listener(null as never);
      if (part.includes('parser makes a type')) this.#listener({ type: '__proto__', nsp: '/', data: [] } as never);
      if (part.includes('parser makes a namespace')) this.#listener({ type: 2, nsp: {}, data: ['alive'] } as never);
      if (part.includes('parser makes an id')) this.#listener({ type: 2, nsp: '/', id: -1, data: ['alive'] });
      if (part.includes('parser makes a name')) this.#listener({ type: 2, nsp: '/', data: [{}] } as never);
      if (part.includes('parser repeats')) {
        for (let count = 0; count < 1_000; count++) this.#listener({ type: 2, nsp: '/', data: ['alive'] });
      }
    }
    const packet = this.#decoder.push(part);
    if (packet !== undefined) this.#listener(packet);
  }

  destroy(): void {
    this.#decoder.destroy();
  }
}

const parser: Parser = { Encoder, Decoder: FailingDecoder };
const ledger = new Ledger({ adapter: FailingAdapter, parser });

ledger.io.on('connection', (socket: Socket) => {
  socket.on('alive', (answer?: () => void) => answer?.());
  socket.on('broadcast', (how: string) => void ledger.io.emit('value', how));
  socket.on('join', (room: string) => socket.join(room));
  socket.on('join and go on', (room: string) => void socket.join(room));
  socket.on('leave', (room: string) => socket.leave(room));
});

ledger.serve();
