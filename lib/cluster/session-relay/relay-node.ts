import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SessionHost } from '../../engine/index.js';
import { RookeryError } from '../../shared/index.js';
import type { NodeAddress } from './address.js';
import type { ResolvedRelayOptions } from './options.js';
import { OwnerListener, type RelayedRequests } from './owner-listener.js';
import type { RelayCounters } from './relay-counters.js';
import type { RelaySignature } from './relay-signature.js';

/** The engines of this process, behind one listener: open from the first one's start to the last one's end. */
export class RelayNode implements RelayedRequests {
  /** Where other nodes reach this one; `undefined` while they do not. */
  address: NodeAddress | undefined;
  /** Why it could not listen. */
  lastError: unknown;
  readonly #options: ResolvedRelayOptions;
  readonly #signature: RelaySignature;
  readonly #counters: RelayCounters;
  readonly #hosts = new Set<SessionHost>();
  readonly #relayed = new WeakSet<IncomingMessage>();
  #listener: OwnerListener | null = null;
  #starting: Promise<NodeAddress> | null = null;
  #closing: Promise<void> = Promise.resolve();

  constructor(options: ResolvedRelayOptions, signature: RelaySignature, counters: RelayCounters) {
    this.#options = options;
    this.#signature = signature;
    this.#counters = counters;
  }

  /** Begins to take requests for an engine. Rejects with `SESSION_RELAY_FAILED` when it cannot listen. */
  join(host: SessionHost): Promise<NodeAddress> {
    this.#hosts.add(host);
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Takes no more for an engine. @param timeout how long answers may take then, in milliseconds. */
  async leave(host: SessionHost, timeout: number): Promise<void> {
    if (!this.#hosts.delete(host) || this.#hosts.size > 0) return;
    const starting = this.#starting;
    this.#starting = null;
    this.address = undefined;
    this.#closing = this.#close(starting, timeout);
    await this.#closing;
  }

  async #close(starting: Promise<NodeAddress> | null, timeout: number): Promise<void> {
    await starting?.catch(ignore);
    await this.#listener?.close(timeout);
    this.#listener = null;
  }

  /** Whether another node has passed a request on: it goes no further. */
  hasTaken(request: IncomingMessage): boolean {
    return this.#relayed.has(request);
  }

  onRequest(request: IncomingMessage, response: ServerResponse): void {
    this.#relayed.add(request);
    const host = this.#hostOf(request);
    if (host === undefined) response.writeHead(503, { Connection: 'close' }).end();
    else host.handleRequest(request, response);
  }

  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#relayed.add(request);
    const host = this.#hostOf(request);
    if (host === undefined) socket.destroy();
    else host.handleUpgrade(request, socket, head);
  }

  onRelease(request: IncomingMessage): void {
    this.#hostOf(request)?.releasePoll(sidOf(request));
  }

  onRejected(): void {
    this.#counters.rejected++;
  }

  async #start(): Promise<NodeAddress> {
    const { listen, address } = this.#options;
    await this.#closing;
    const listener = new OwnerListener(this.#signature, this);
    try {
      const bound = await listener.listen(listen, address);
      this.#listener = listener;
      // Every engine may have gone by now; leave() closes it.
      if (this.#hosts.size > 0) this.address = bound;
      this.lastError = undefined;
      return bound;
    } catch (cause) {
      // The next one tries again.
      this.#starting = null;
      const said = cause instanceof Error ? cause.message : String(cause);
      const message = `The session relay cannot listen for other nodes, change its option listen: ${said}`;
      this.lastError = new RookeryError('SESSION_RELAY_FAILED', message, { cause });
      throw this.lastError;
    }
  }

  /** The engine with the session of a request; any, where none has it. */
  #hostOf(request: IncomingMessage): SessionHost | undefined {
    const sid = sidOf(request);
    const [first, ...others] = this.#hosts;
    return others.find((host) => host.hasSession(sid)) ?? first;
  }
}

/** The last of several counts, as in the engine. */
function sidOf({ url = '' }: IncomingMessage): string {
  return new URLSearchParams(url.slice(url.indexOf('?') + 1)).getAll('sid').at(-1) ?? '';
}

function ignore(): void {}
