import { PacketType, type Packet } from '../protocol/index.js';
import { createId } from '../shared/index.js';
import type { RestoredSession, SessionToPersist } from './adapter.js';
import type { BroadcastOptions } from './broadcast-options.js';
import type { AdapterHost } from './host.js';
import { InMemoryAdapter } from './in-memory-adapter.js';
import { SessionLog } from './session-log.js';

const pruneInterval = 60_000;

/** An adapter of one node that keeps sessions and packets, so that clients can go on after an interruption. */
export class RecoveringAdapter extends InMemoryAdapter {
  readonly #log: SessionLog;
  readonly #pruning: ReturnType<typeof setInterval>;

  /** @param maxDisconnectionDuration how long a client may stay away, in milliseconds. */
  constructor(nsp: AdapterHost, maxDisconnectionDuration: number) {
    super(nsp);
    this.#log = new SessionLog(maxDisconnectionDuration, createId());
    // For namespaces where nothing happens any more.
    this.#pruning = setInterval(() => this.#log.prune(), pruneInterval);
    this.#pruning.unref();
  }

  override close(): Promise<void> | void {
    clearInterval(this.#pruning);
    return super.close();
  }

  /** Adds an offset to events that can be sent again: those that wait for no ack, and must not get lost. */
  override broadcast(packet: Packet, options: BroadcastOptions): Promise<void> | void {
    const isKept = packet.type === PacketType.EVENT && packet.id === undefined && options.flags.volatile !== true;
    if (!isKept) return super.broadcast(packet, options);
    const data = [...(packet.data as unknown[]), this.#log.nextOffset()];
    this.#log.append(data, options);
    return super.broadcast({ ...packet, data }, options);
  }

  override persistSession(session: SessionToPersist): void {
    this.#log.persist(session);
  }

  override restoreSession(pid: string, offset: string): RestoredSession | null {
    return this.#log.take(pid, offset);
  }
}
