import type { SessionHost, SessionRouter, SessionRouting, SessionRoutingHealth } from '../../engine/index.js';
import { resolveRelayOptions, type ResolvedRelayOptions, type SessionRelayOptions } from './options.js';
import { OwnerConnections } from './owner-connections.js';
import { RelayCounters } from './relay-counters.js';
import { RelayNode } from './relay-node.js';
import { RelayRouter } from './relay-router.js';
import { RelaySignature } from './relay-signature.js';
import { SessionSeal } from './session-seal.js';

/** Lets every node take the requests of every session; value of the option `sessionRouting`. */
export class SessionRelay implements SessionRouting {
  readonly #options: ResolvedRelayOptions;
  readonly #seal: SessionSeal;
  readonly #signature: RelaySignature;
  readonly #counters = new RelayCounters();
  readonly #node: RelayNode;

  /** @throws RookeryError `INVALID_OPTION` for a value that cannot work. */
  constructor(options: SessionRelayOptions) {
    this.#options = resolveRelayOptions(options);
    this.#seal = new SessionSeal(this.#options.secrets);
    this.#signature = new RelaySignature(this.#options.secrets);
    this.#node = new RelayNode(this.#options, this.#signature, this.#counters);
  }

  /** Where other nodes reach this one; `undefined` until an engine with it is attached, and once all are closed. */
  get address(): string | undefined {
    return this.#node.address;
  }

  /** How it is doing. */
  get health(): SessionRoutingHealth {
    const { lastError } = this.#node;
    return { isUp: lastError === undefined, lastError, ...this.#counters };
  }

  /** @internal */
  createRouter(host: SessionHost): SessionRouter {
    return new RelayRouter(host, {
      seal: this.#seal,
      node: this.#node,
      connections: () => new OwnerConnections(this.#options, this.#signature, this.#counters),
    });
  }
}

/**
 * Lets long-polling work behind any load balancer: a node passes requests of sessions of others on to their owners.
 *
 * Every node gets the same secret. Session ids carry the owner, encrypted; nothing is asked of a bus.
 *
 * @throws RookeryError `INVALID_OPTION` for a value that cannot work.
 */
export function sessionRelay(options: SessionRelayOptions): SessionRelay {
  return new SessionRelay(options);
}
