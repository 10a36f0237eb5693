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
  /** Whether it matters who comes. */
  readonly countsAddresses: boolean;
  readonly #visitors = new Map<string, Visitor>();
  #connections = 0;
  #handshakes = 0;

  constructor(options: ConnectionLimitOptions) {
    this.#options = options;
    this.countsAddresses = options.maxConnectionsPerIp !== Infinity || options.handshakeRate !== false;
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#visitors.size;
  }

  /**
   * Asks for a handshake that begins.
   *
   * @param address the group of addresses of the client; an empty one counts for the server alone.
   * @param now a monotonic time, in milliseconds.
   * @returns the limit that it runs into; `undefined` when it may go on.
   */
  admit(address: string, now: number): ConnectionLimitHit | undefined {
    const visitor = this.countsAddresses && address !== '' ? this.#visitor(address, now) : undefined;
    return this.#rateHit(visitor, now) ?? this.full(address);
  }

  /** The limit that another session would run into; handshakes that were asked for meanwhile may have taken its place. */
  full(address: string): ConnectionLimitHit | undefined {
    const { maxConnections, maxConnectionsPerIp } = this.#options;
    if (this.#connections >= maxConnections) return hit('maxConnections', maxConnections);
    const connections = this.#visitors.get(address)?.connections ?? 0;
    return connections >= maxConnectionsPerIp ? hit('maxConnectionsPerIp', maxConnectionsPerIp) : undefined;
  }

  /** A session was opened. */
  opened(address: string, now: number): void {
    this.#connections++;
    if (this.countsAddresses && address !== '') this.#visitor(address, now).connections++;
  }

  /** A session that was opened has ended. */
  closed(address: string): void {
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

function hit(limit: ConnectionLimitName, max: number): ConnectionLimitHit {
  return { limit, max, retryAfter: defaultRetryAfter };
}
