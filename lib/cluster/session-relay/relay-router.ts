import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SessionHost, SessionRouter } from '../../engine/index.js';
import type { Ownership, OwnerConnections } from './owner-connections.js';
import type { RelayNode } from './relay-node.js';
import type { SessionSeal } from './session-seal.js';

/** What routers of one relay share. */
export interface RelayRouterOwner {
  readonly seal: SessionSeal;
  readonly node: RelayNode;
  /** Connections for one router, until it closes. */
  connections(): OwnerConnections;
}

/** Finds the owners of sessions that one engine does not know. */
export class RelayRouter implements SessionRouter {
  readonly #host: SessionHost;
  readonly #relay: RelayRouterOwner;
  #connections: OwnerConnections;
  /** Once it is closed. */
  #closing: Promise<void> | null = null;

  constructor(host: SessionHost, relay: RelayRouterOwner) {
    this.#host = host;
    this.#relay = relay;
    this.#connections = relay.connections();
  }

  async start(): Promise<void> {
    if (this.#closing !== null) this.#connections = this.#relay.connections();
    this.#closing = null;
    await this.#relay.node.join(this.#host);
  }

  createId(): string | Promise<string> {
    const { node, seal } = this.#relay;
    if (node.address !== undefined) return seal.seal(node.address);
    if (this.#closing !== null) return Promise.reject(new Error('The session relay is closed'));
    return node.join(this.#host).then((address) => seal.seal(address));
  }

  routeRequest(sid: string, request: IncomingMessage, response: ServerResponse, refuse: () => void): boolean {
    const ownership = this.#ownership(sid, request, refuse);
    if (ownership !== undefined) this.#connections.passRequest(ownership, request, response);
    return ownership !== undefined;
  }

  routeUpgrade(sid: string, request: IncomingMessage, socket: Duplex, head: Buffer, refuse: () => void): boolean {
    const ownership = this.#ownership(sid, request, refuse);
    if (ownership !== undefined) this.#connections.passUpgrade(ownership, request, socket, head);
    return ownership !== undefined;
  }

  /** Once: a second call waits for the first. */
  close(timeout: number): Promise<void> {
    this.#closing ??= this.#close(timeout);
    return this.#closing;
  }

  async #close(timeout: number): Promise<void> {
    await Promise.all([this.#connections.close(timeout), this.#relay.node.leave(this.#host, timeout)]);
  }

  #ownership(sid: string, request: IncomingMessage, refuse: () => void): Ownership | undefined {
    const { node, seal } = this.#relay;
    if (node.hasTaken(request)) return undefined;
    const mark = sid.indexOf('.');
    const owner = seal.open(mark === -1 ? sid : sid.slice(0, mark));
    // A session of this very node that the engine does not know is over.
    return owner === undefined || owner === node.address ? undefined : { owner, sid, refuse };
  }
}
