import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** What a router may ask of the engine whose sessions it makes ids for. */
export interface SessionHost {
  /** Whether a session is open here. */
  hasSession(sid: string): boolean;
  /** Serves a request that another node has passed on. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  /** Serves an upgrade that another node has passed on. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Answers the open poll of a session, with nothing: whoever passed it on is going away. */
  releasePoll(sid: string): void;
  /** Takes what went wrong outside of any request. */
  onError(error: unknown): void;
}

/** Makes ids for the sessions of an engine, and takes requests whose session the engine does not know. */
export interface SessionRouter {
  /** Begins to take what other nodes pass on; resolves once ids can be made. A second call waits for the first. */
  start(): Promise<void>;
  /** Makes the id of a session: unguessable, unique, of the characters `[A-Za-z0-9_-]`. Rejects when it cannot start. */
  createId(): string | Promise<string>;
  /**
   * Takes a request of a session that the engine does not know.
   *
   * @param refuse answers that the session is unknown, where its owner turns out to be gone.
   * @returns whether it does; if not, the session is unknown.
   */
  routeRequest(sid: string, request: IncomingMessage, response: ServerResponse, refuse: () => void): boolean;
  /** Takes an upgrade, as `routeRequest` does a request. */
  routeUpgrade(sid: string, request: IncomingMessage, socket: Duplex, head: Buffer, refuse: () => void): boolean;
  /**
   * Ends what is passed on and what was, once it is answered. A second call waits for the first.
   *
   * @param timeout what is open then is cut, in milliseconds.
   */
  close(timeout: number): Promise<void>;
}

/** How the routing of sessions is doing on this node. */
export interface SessionRoutingHealth {
  /** Whether other nodes can reach this one; `true` until that fails. */
  readonly isUp: boolean;
  /** Why they cannot. */
  readonly lastError: unknown;
  /** How many requests and upgrades are being passed on now. */
  readonly active: number;
  /** How many have been passed on. */
  readonly relayed: number;
  /** How many had an owner that could not be reached. */
  readonly failed: number;
  /** How many were one too many for their owner. */
  readonly refused: number;
  /** How many came to this node's listener that no node had sent. */
  readonly rejected: number;
}

/** Value of the option `sessionRouting`: makes a router for each engine it is given to. */
export interface SessionRouting {
  readonly health: SessionRoutingHealth;
  createRouter(host: SessionHost): SessionRouter;
}
