import type { ClusterChannel } from '../../adapter/index.js';
import { RookeryError } from '../../shared/index.js';
import { isAdapterMessage, isFromAdapter, type AdapterMessage } from './wire.js';

/** What is needed of the process: its channel to the primary. */
export interface ProcessChannel {
  send?(
    message: unknown,
    handle: undefined,
    options: undefined,
    callback: (error: Error | null) => void,
  ): boolean | void;
  on(event: 'message' | 'disconnect', listener: (message: unknown) => void): unknown;
  off(event: 'message' | 'disconnect', listener: (message: unknown) => void): unknown;
}

/** The nodes of this process and their way to the primary; one listener of the process serves them all. */
export class WorkerBus {
  readonly #process: ProcessChannel;
  readonly #channels = new Map<string, Set<ClusterChannel>>();

  constructor(process: ProcessChannel) {
    this.#process = process;
  }

  /** Begins to listen for a node. */
  add(channel: ClusterChannel): void {
    const { namespace } = channel;
    if (this.#channels.size === 0) {
      this.#process.on('message', this.#onMessage);
      this.#process.on('disconnect', this.#onDisconnect);
    }
    const channels = this.#channels.get(namespace);
    if (channels === undefined) this.#channels.set(namespace, new Set([channel]));
    else channels.add(channel);
  }

  /** The last one takes the listeners of the process with it. */
  remove(channel: ClusterChannel): void {
    const channels = this.#channels.get(channel.namespace);
    if (channels?.delete(channel) !== true || channels.size > 0) return;
    this.#channels.delete(channel.namespace);
    if (this.#channels.size > 0) return;
    this.#process.off('message', this.#onMessage);
    this.#process.off('disconnect', this.#onDisconnect);
  }

  /** @throws RookeryError `INVALID_OPTION` when this process has no primary. */
  assertWorker(): void {
    if (this.#process.send !== undefined) return;
    throw new RookeryError(
      'INVALID_OPTION',
      'nodeClusterAdapter() serves in workers of node:cluster; start them with clusterize(), or leave the adapter out',
    );
  }

  /**
   * Sends a message to the nodes of other workers, by way of the primary, and to those of other servers in this one.
   *
   * Resolves when it is on its way; rejects when there is no way any more, or nothing that can be sent.
   */
  send(message: AdapterMessage): Promise<void> {
    this.#passOn(message);
    return new Promise((resolve, reject) => {
      const onSent = (error: Error | null): void => (error === null ? resolve() : reject(error));
      try {
        this.#process.send!(message, undefined, undefined, onSent);
      } catch {
        this.#process.send!(asJson(message), undefined, undefined, onSent);
      }
    });
  }

  readonly #onMessage = (message: unknown): void => {
    if (!isFromAdapter(message)) return;
    if (!isAdapterMessage(message)) {
      this.#forEach((channel) => channel.dropMalformed());
      return;
    }
    this.#deliver(message);
  };

  readonly #onDisconnect = (): void => {
    const error = new Error('The primary is gone, or has let go of this worker');
    this.#forEach((channel) => channel.setReachable(false, error));
  };

  /** A primary does not send back what a worker has sent. */
  #passOn(message: AdapterMessage): void {
    const channels = this.#channels.get(message.nsp);
    if (channels === undefined || channels.size < 2) return;
    const copy = copyOf(message);
    queueMicrotask(() => this.#deliver(copy));
  }

  #deliver(message: AdapterMessage): void {
    const { uid, nsp, requesterUid } = message;
    for (const channel of this.#channels.get(nsp) ?? []) {
      // A primary may send answers to everyone.
      if (typeof requesterUid === 'string' && requesterUid !== channel.nodeId) continue;
      channel.receive(uid, message);
    }
  }

  #forEach(visit: (channel: ClusterChannel) => void): void {
    for (const channels of this.#channels.values()) for (const channel of channels) visit(channel);
  }
}

function copyOf(message: AdapterMessage): AdapterMessage {
  try {
    return structuredClone(message);
  } catch {
    return asJson(message);
  }
}

/** A function among the data of a socket cannot be cloned; JSON, which clients get it as, leaves it out. */
function asJson(message: AdapterMessage): AdapterMessage {
  return JSON.parse(JSON.stringify(message)) as AdapterMessage;
}
