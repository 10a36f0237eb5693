import { Logger } from '@nestjs/common';
import { Manager, receiveReliably, type ReliableReception, type Socket } from '../client/node/index.js';
import type { GlobalEnhancerSwitch } from '../nest-common/index.js';
import { messageOf, printable, printableStack, RookeryError, within } from '../shared/index.js';
import { ServerEventRuns } from './server-event-run.js';
import type { SocketClientIdentity, SocketClientOptions } from './socket-client.options.js';
import { defaultClient } from './socket-client.tokens.js';

/** One connection of the application to a server, with a socket for each namespace. */
export class SocketClient {
  readonly name: string;
  /** By the names of the namespaces. */
  readonly sockets: ReadonlyMap<string, Socket>;
  /** @internal */
  readonly runs: ServerEventRuns;
  /** @internal */
  readonly globalEnhancers: GlobalEnhancerSwitch | undefined;
  readonly #logger: Logger;
  readonly #receptions: readonly ReliableReception[];
  readonly #options: SocketClientOptions;
  #closed: Promise<void> | null = null;

  constructor({ name = defaultClient, namespaces = ['/'] }: SocketClientIdentity, options: SocketClientOptions) {
    if (typeof options.url !== 'string') {
      throw new RookeryError('INVALID_OPTION', `SocketClientModule "${name}" needs the \`url\` of the server`);
    }
    this.name = name;
    this.#options = options;
    this.globalEnhancers = options.globalEnhancers;
    this.#logger = new Logger(`SocketClient:${name}`);
    const manager = new Manager(options.url, { ...options, autoConnect: false });
    this.sockets = new Map(namespaces.map((namespace) => [namespace, manager.socket(namespace, options)]));
    this.#receptions = this.#receive(options.reliable ?? false);
    this.runs = new ServerEventRuns(options.onError ?? ((error) => this.#logger.error(...linesOf(error))));
    for (const [namespace, socket] of this.sockets) this.#watch(namespace, socket);
  }

  /** Begins to connect. Rejects with `SERVER_UNREACHABLE` where the start is to wait, and does so in vain. */
  async connect(): Promise<void> {
    const { startTimeout } = this.#options;
    const allConnected = startTimeout === undefined ? undefined : this.#allConnected();
    for (const socket of this.sockets.values()) socket.connect();
    if (allConnected === undefined) return;
    await within(startTimeout!, allConnected);
    const missing = [...this.sockets].filter(([, { connected }]) => !connected).map(([namespace]) => namespace);
    if (missing.length === 0) return;
    const message = `SocketClient "${this.name}" was not let into ${missing.join(', ')} within ${startTimeout} ms`;
    throw new RookeryError('SERVER_UNREACHABLE', message);
  }

  /** Waits for handlers that run, within bounds, and leaves; safe to call twice. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  #receive(reliable: NonNullable<SocketClientOptions['reliable']>): readonly ReliableReception[] {
    if (reliable === false) return [];
    const { storageKey = 'rookery:', ...options } = reliable === true ? {} : reliable;
    return [...this.sockets].map(([namespace, socket]) =>
      receiveReliably(socket, { ...options, storageKey: `${storageKey}${namespace}` }),
    );
  }

  async #end(): Promise<void> {
    await within(this.#options.closeTimeout ?? 5_000, this.runs.idle());
    for (const reception of this.#receptions) reception.stop();
    for (const socket of this.sockets.values()) socket.disconnect();
  }

  async #allConnected(): Promise<void> {
    await Promise.all([...this.sockets].map(([namespace, socket]) => this.#connected(namespace, socket)));
  }

  /** Resolves when a namespace lets the client in; rejects when it refuses, which it would do again. */
  #connected(namespace: string, socket: Socket): Promise<void> {
    return new Promise((resolve, reject) => {
      socket.once('connect', resolve);
      socket.on('connect_error', (cause) => {
        if (socket.active) return;
        const message = `SocketClient "${this.name}" is refused by ${namespace}: ${cause.message}`;
        reject(new RookeryError('SERVER_UNREACHABLE', message, { cause }));
      });
    });
  }

  /** Logs a connection that fails, once until it is there again. */
  #watch(namespace: string, socket: Socket): void {
    let isTold = false;
    socket.on('connect', () => {
      isTold = false;
    });
    socket.on('connect_error', (error) => {
      if (isTold) return;
      isTold = true;
      const next = socket.active ? '; it is tried again' : '';
      this.#logger.warn(`${namespace} cannot be connected to: ${printable(messageOf(error))}${next}`);
    });
  }
}

function linesOf(error: RookeryError): [message: string, stack?: string] {
  return [`${error.code}: ${printable(error.message)}`, printableStack(error.cause)];
}
