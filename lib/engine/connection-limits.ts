import { TokenBucket, type Rate } from '../shared/index.js';

/** How many connections are let in, and how fast. */
export interface ConnectionLimitOptions {
  /** The most sessions of this server. */
  readonly maxConnections: number;
  /** The most sessions of one address, or of the 64-bit prefix of an IPv6 one. */
  readonly maxConnectionsPerIp: number;
  /** How many handshakes one address may begin; `false` for any number. */
  readonly handshakeRate: Rate | false;
}

/** The limits on connections, as they are reported. */
export type ConnectionLimitName = 'maxConnections' | 'maxConnectionsPerIp' | 'handshakeRate';

/** A limit that a handshake runs into. */
export interface ConnectionLimitHit {
  readonly limit: ConnectionLimitName;
  /** What is allowed: connections, or handshakes per second. */
  readonly max: number;
  /** When it is worth to try again, in milliseconds. */
  readonly retryAfter: number;
}

/** What is known of one address while it has sessions, or has begun handshakes a moment ago. */
interface Visitor {
  connections: number;
  handshakes: TokenBucket | null;
}

/** Without a rate to go by: soon enough for a person, late enough for a server that is full. */
const defaultRetryAfter = 5_000;
/** Addresses are forgotten when nothing is to be remembered of them; looked at once per so many handshakes. */
const handshakesPerSweep = 1_024;

/** Counts the sessions of a server, in all and per address. */
export class ConnectionLimits {
  readonly #options: ConnectionLimitOptions;
  readonly #countsAddresses: boolean;
  readonly #visitors = new Map<string, Visitor>();
  #connections = 0;
  #handshakes = 0;

  constructor(options: ConnectionLimitOptions) {
    this.#options = options;
    this.#countsAddresses = options.maxConnectionsPerIp !== Infinity || options.handshakeRate !== false;
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#visitors.size;
  }

  /**
   * Takes a place for a session that is about to be opened, and gives back the limit when there is none.
   *
   * @param address the group of addresses of the client; an empty one counts for the server alone.
   * @param now a monotonic time, in milliseconds.
   */
  enter(address: string, now: number): ConnectionLimitHit | undefined {
    const { maxConnections, maxConnectionsPerIp } = this.#options;
    const visitor = this.#countsAddresses && address !== '' ? this.#visitor(address, now) : undefined;
    const rateHit = this.#rateHit(visitor, now);
    if (rateHit !== undefined) return rateHit;
    if (this.#connections >= maxConnections) return full('maxConnections', maxConnections);
    if (visitor !== undefined) {
      if (visitor.connections >= maxConnectionsPerIp) return full('maxConnectionsPerIp', maxConnectionsPerIp);
      visitor.connections++;
    }
    this.#connections++;
    return undefined;
  }

  /** Gives the place of a session back. */
  leave(address: string): void {
    this.#connections--;
    const visitor = this.#visitors.get(address);
    if (visitor === undefined) return;
    visitor.connections--;
    if (visitor.connections === 0 && visitor.handshakes === null) this.#visitors.delete(address);
  }

  #rateHit(visitor: Visitor | undefined, now: number): ConnectionLimitHit | undefined {
    const { handshakeRate } = this.#options;
    const handshakes = visitor?.handshakes ?? null;
    if (handshakeRate === false || handshakes === null || handshakes.take(now)) return undefined;
    return { limit: 'handshakeRate', max: handshakeRate.perSecond, retryAfter: handshakes.wait(now) };
  }

  #visitor(address: string, now: number): Visitor {
    this.#handshakes++;
    if (this.#handshakes % handshakesPerSweep === 0) this.#sweep(now);
    let visitor = this.#visitors.get(address);
    if (visitor === undefined) {
      const { handshakeRate } = this.#options;
      visitor = { connections: 0, handshakes: handshakeRate === false ? null : new TokenBucket(handshakeRate, now) };
      this.#visitors.set(address, visitor);
    }
    return visitor;
  }

  #sweep(now: number): void {
    for (const [address, { connections, handshakes }] of this.#visitors) {
      if (connections === 0 && (handshakes === null || handshakes.isFull(now))) this.#visitors.delete(address);
    }
  }
}

function full(limit: ConnectionLimitName, max: number): ConnectionLimitHit {
  return { limit, max, retryAfter: defaultRetryAfter };
}
