import { Agent, request as createRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { pipeline, type Duplex } from 'node:stream';
import { forwardRequest } from '../forward-request.js';
import { endToEndHeaders, headOf } from '../http-head.js';
import { destinationOf, type NodeAddress } from './address.js';
import type { RelayCounters } from './relay-counters.js';
import { closeMark, refusedMark, relayHeader, type RelaySignature, type RelayStatement } from './relay-signature.js';

/** Where connections to owners take their limits from. */
export interface OwnerConnectionsOptions {
  readonly connectTimeout: number;
  readonly maxConnectionsPerNode: number;
}

/** Whose session a request is, and what else the relay knows of it. */
export interface Ownership {
  readonly owner: NodeAddress;
  readonly sid: string;
  /** Answers that the session is unknown. */
  refuse(): void;
}

/** A request or an upgrade that is on its way. */
interface Exchange {
  /** Asks for its end, where there is a way to; what has none is cut. */
  release(): void;
  cut(): void;
}

/** How long a connection stays open that nothing is on its way over, in milliseconds; owners keep theirs longer. */
const idleTimeout = 30_000;
const mostIdle = 256;
const addressGrammar = /^[\w.:%-]+$/;

/** Passes requests and upgrades on to the owners of their sessions. */
export class OwnerConnections {
  readonly #options: OwnerConnectionsOptions;
  readonly #signature: RelaySignature;
  readonly #counters: RelayCounters;
  readonly #agent = new Agent({ keepAlive: true, timeout: idleTimeout, maxFreeSockets: mostIdle, scheduling: 'lifo' });
  readonly #byOwner = new Map<NodeAddress, Set<Exchange>>();
  #onIdle: (() => void) | null = null;
  #isClosing = false;

  constructor(options: OwnerConnectionsOptions, signature: RelaySignature, counters: RelayCounters) {
    this.#options = options;
    this.#signature = signature;
    this.#counters = counters;
  }

  passRequest({ owner, sid, refuse }: Ownership, request: IncomingMessage, response: ServerResponse): void {
    const isPoll = request.method === 'GET';
    const end = this.#begin(owner, {
      release: () => {
        if (isPoll) this.#askForRelease(owner, sid);
      },
      cut: () => response.destroy(),
    });
    if (end === null) {
      refuse();
      return;
    }
    response.once('close', end);
    const forwarded = forwardRequest(request, response, {
      target: { ...forRequest(owner), agent: this.#agent },
      headers: { [relayHeader]: this.#signature.sign(statementOf(request), request, owner) },
      answerHeaders: (answer) => {
        const mark = answer.headers[relayHeader];
        if (mark === refusedMark) return undefined;
        this.#counters.relayed++;
        const headers = endToEndHeaders(answer, [relayHeader]);
        return mark === closeMark || this.#isClosing ? { ...headers, connection: 'close' } : headers;
      },
      onFailed: () => {
        this.#counters.failed++;
        end();
        refuse();
      },
    });
    forwarded?.once('socket', (socket) => this.#limitConnecting(socket));
  }

  passUpgrade({ owner, refuse }: Ownership, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const cut = (): void => void socket.destroy();
    const end = this.#begin(owner, { release: cut, cut });
    if (end === null) {
      refuse();
      return;
    }
    const upstream = connect({ ...destinationOf(owner), noDelay: true });
    const onGone = (): void => void upstream.destroy();
    const onFailed = (): void => {
      socket.off('close', onGone);
      if (socket.destroyed) return;
      this.#counters.failed++;
      end();
      refuse();
    };
    socket.once('close', onGone);
    upstream.on('error', ignore).once('error', onFailed).once('close', end);
    this.#limitConnecting(upstream);
    upstream.once('connect', () => {
      upstream.off('error', onFailed);
      this.#counters.relayed++;
      const signed = this.#signature.sign(statementOf(request), request, owner);
      upstream.write(headOf(request, { [relayHeader]: signed }), 'latin1');
      if (head.length > 0) upstream.write(head);
      pipeline(socket, upstream, ignore);
      pipeline(upstream, socket, ignore);
    });
  }

  /** Has polls answered and upgrades ended. @param timeout what is on its way then is cut, in milliseconds. */
  async close(timeout: number): Promise<void> {
    this.#isClosing = true;
    if (this.#byOwner.size > 0) {
      const idle = new Promise<void>((resolve) => (this.#onIdle = resolve));
      const timer = setTimeout(() => this.#each((exchange) => exchange.cut()), timeout);
      this.#each((exchange) => exchange.release());
      await idle;
      clearTimeout(timer);
    }
    this.#agent.destroy();
  }

  #each(act: (exchange: Exchange) => void): void {
    for (const exchange of [...this.#byOwner.values()].flatMap((each) => [...each])) act(exchange);
  }

  /** @returns ends it; `null` when it is one too many for its owner. */
  #begin(owner: NodeAddress, exchange: Exchange): (() => void) | null {
    let exchanges = this.#byOwner.get(owner);
    if (exchanges === undefined) this.#byOwner.set(owner, (exchanges = new Set()));
    if (exchanges.size >= this.#options.maxConnectionsPerNode) {
      this.#counters.refused++;
      return null;
    }
    exchanges.add(exchange);
    this.#counters.active++;
    return () => {
      if (!exchanges.delete(exchange)) return;
      this.#counters.active--;
      if (exchanges.size > 0) return;
      if (this.#byOwner.get(owner) === exchanges) this.#byOwner.delete(owner);
      if (this.#byOwner.size === 0) this.#onIdle?.();
    };
  }

  #limitConnecting(socket: Socket): void {
    if (!socket.connecting) return;
    const { connectTimeout } = this.#options;
    const giveUp = (): void => void socket.destroy(new Error(`The owner did not answer within ${connectTimeout} ms`));
    const timer = setTimeout(giveUp, connectTimeout);
    const stop = (): void => clearTimeout(timer);
    socket.once('connect', stop).once('close', stop);
  }

  #askForRelease(owner: NodeAddress, sid: string): void {
    const asked = { method: 'POST', url: `/?sid=${encodeURIComponent(sid)}` };
    const statement: RelayStatement = { act: 'release', remoteAddress: '', remotePort: 0, isEncrypted: false };
    const headers = { [relayHeader]: this.#signature.sign(statement, asked, owner), 'content-length': '0' };
    const request = createRequest({
      ...forRequest(owner),
      agent: this.#agent,
      method: 'POST',
      path: asked.url,
      headers,
    });
    request.on('error', ignore).on('response', (answer) => answer.resume());
    request.end();
  }
}

function statementOf({ socket }: IncomingMessage): RelayStatement {
  const { remoteAddress = '', remotePort = 0 } = socket;
  return {
    act: 'request',
    remoteAddress: addressGrammar.test(remoteAddress) ? remoteAddress : '',
    remotePort,
    isEncrypted: (socket as TLSSocket).encrypted === true,
  };
}

function forRequest(
  owner: NodeAddress,
): { readonly socketPath: string } | { readonly host: string; readonly port: number } {
  const destination = destinationOf(owner);
  return 'path' in destination ? { socketPath: destination.path } : destination;
}

function ignore(): void {}
