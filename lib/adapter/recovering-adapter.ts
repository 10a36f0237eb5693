import { PacketType, type Packet } from '../protocol/index.js';
import { createId } from '../shared/index.js';
import type { RestoredSession, SessionToPersist } from './session.js';
import type { BroadcastOptions } from './broadcast-options.js';
import type { AdapterHost } from './host.js';
import { InMemoryAdapter } from './in-memory-adapter.js';
import { SessionLog, type SessionLogLimits } from './session-log.js';

const longestPruneInterval = 5_000;

/** An adapter of one node that keeps sessions and packets, so that clients can go on after an interruption. */
export class RecoveringAdapter extends InMemoryAdapter {
  readonly #log: SessionLog;
  readonly #pruning: ReturnType<typeof setInterval>;

  constructor(nsp: AdapterHost, limits: SessionLogLimits) {
    super(nsp);
    this.#log = new SessionLog(limits, createId(), {
      onSessionLost: (session, why) => nsp.onSessionLost?.(session, why),
      onPacketEvicted: () => nsp.onPacketEvicted?.(),
    });
    // For namespaces where nothing happens any more.
    const interval = Math.min(longestPruneInterval, limits.maxDisconnectionDuration);
    this.#pruning = setInterval(() => this.#log.prune(), interval);
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
