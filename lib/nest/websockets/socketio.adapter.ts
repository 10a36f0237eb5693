import type { WebSocketAdapter, WsMessageHandler } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { isObservable, type Observable } from 'rxjs';
import { Server, type Namespace, type Socket } from '../../server/index.js';
import { DefaultAccess } from '../handshake/default-access.js';
import { giveSocketsRequestFields } from '../handshake/request-fields.js';
import { ClientStreams } from '../pipeline/client-streams.js';
import { namespaceFor } from '../pipeline/namespace-pattern.js';
import { drainTimeoutOf, type SocketIoModuleOptions } from '../socketio.options.js';
import { mergedOptions, OwnPort, PortServer, type DecoratorOptions } from './port-server.js';
import { applicationPort, serverOptionsOf, type UntouchedGateway } from './untouched-gateways.js';

/** What Nest passes on from the decorator of a gateway. */
interface GatewayServerOptions extends DecoratorOptions {
  readonly namespace?: string | RegExp;
  readonly server?: Server;
}

/** What the module knows, and adds, where an application makes the adapter by hand without. */
export interface AdapterSurroundings {
  /** What `server` was made with, where gateways had a say in it. @default the options */
  readonly shared?: SocketIoModuleOptions;
  /** Who may enter where nobody says so. @default what the options say; without `defaultAccess` everybody */
  readonly access?: DefaultAccess;
  /** The gateways of the application. */
  gateways?(): readonly UntouchedGateway[];
  /** Prepares the server of a port of its own. */
  prepare?(server: Server): void;
  /** Whether somebody calls `listening()`. */
  readonly isWaitedFor?: boolean;
}

type Ack = (answer: unknown) => void;
type Listened = Pick<Socket, 'getMaxListeners'> & { setMaxListeners(count: number): unknown };

/** As Nest's own filter tells an error that was not made for clients. */
const internalError = { status: 'error', message: 'Internal server error' };

/** Runs the gateways of `@nestjs/websockets` on our server; the module installs it. */
export class SocketIoAdapter implements WebSocketAdapter<Server | Namespace, Socket, GatewayServerOptions> {
  /** Set by Nest from the application's options; connections are always closed within the drain time. */
  forceCloseConnections = false;
  readonly #options: SocketIoModuleOptions;
  readonly #drainTimeout: number;
  readonly #shared: PortServer;
  /** Servers of gateways that ask for a port of their own. */
  readonly #byPort = new Map<number, OwnPort>();
  readonly #surroundings: AdapterSurroundings;
  readonly #access: DefaultAccess;
  readonly #listening: Promise<void>[] = [];
  #isSharedChecked = false;

  /**
   * @param options what `server` was made with; on other ports, what counts where a decorator says nothing.
   * @param surroundings of the module.
   */
  constructor(server: Server, options: SocketIoModuleOptions = {}, surroundings: AdapterSurroundings = {}) {
    this.#surroundings = surroundings;
    // The gateways that would be spared are not known here.
    this.#access = surroundings.access ?? new DefaultAccess({ ...options, security: 'compatible' });
    this.#options = options;
    this.#drainTimeout = drainTimeoutOf(options);
    giveSocketsRequestFields();
    const maker = 'SocketIoModule.forRoot() or the first gateway there';
    this.#shared = new PortServer(server, "the application's port", maker, surroundings.shared ?? options);
  }

  /** @throws RookeryError `INVALID_GATEWAY` for options that the server of the port, which is there, does not have. */
  create(port: number, options: GatewayServerOptions = {}): Server | Namespace {
    const { namespace } = options;
    const { server } = this.#serverFor(port, serverOptionsOf(options));
    return namespace === undefined ? server : namespaceFor(server, namespace);
  }

  bindClientConnect(server: Server | Namespace, callback: (socket: Socket) => void): void {
    allowListeners(server, 1);
    server.on('connection', callback);
  }

  bindClientDisconnect(client: Socket, callback: (reason: string) => void): void {
    allowListeners(client, 1);
    client.on('disconnect', callback);
  }

  bindMessageHandlers(
    client: Socket,
    handlers: WsMessageHandler[],
    transform: (data: unknown) => Observable<unknown>,
  ): void {
    allowListeners(client, handlers.length);
    for (const { message, callback, isAckHandledManually } of handlers) {
      // What it rejects with is reported as the error of any listener.
      client.on(message, async (...args: unknown[]) => {
        const ack = typeof args.at(-1) === 'function' ? (args.pop() as Ack) : undefined;
        const result: unknown = await callback(args.length > 1 ? args : args[0], ack);
        const answer = isAckHandledManually ? undefined : ack;
        // hot: without a stream there is nothing to transform, and no rxjs.
        if (!isObservable(result)) {
          respond(client, result, answer);
        } else if (client.connected) {
          await followed(client, transform(result), answer);
        }
      });
    }
  }

  closeClient(client: Socket): void {
    client.disconnect(true);
  }

  /** The server shared with our own gateways is drained by the module; those with a port of their own are closed. */
  async close(server: Server | Namespace): Promise<void> {
    for (const [port, own] of this.#byPort) {
      if (own.server !== server) continue;
      this.#byPort.delete(port);
      await own.release(this.#drainTimeout);
    }
  }

  /**
   * Resolves once every port of a gateway is listened on.
   *
   * @throws RookeryError `PORT_UNAVAILABLE` for one that cannot be.
   */
  async listening(): Promise<void> {
    await Promise.all(this.#listening);
  }

  /** Closes the servers with a port of their own; safe to call twice. */
  async dispose(): Promise<void> {
    await Promise.all([...this.#byPort.values()].map(({ server }) => this.close(server)));
  }

  #serverFor(port: number, decorated: DecoratorOptions): PortServer {
    const existing = port === applicationPort ? this.#sharedServer() : this.#byPort.get(port);
    if (existing !== undefined) {
      existing.admit(decorated);
      return existing;
    }
    const gateways = this.#gatewaysOn(port);
    const maker = gateways.find(({ options }) => isDeepStrictEqual(options, decorated));
    const options = mergedOptions(this.#options, decorated);
    const own = new OwnPort(port, maker?.name, options);
    this.#byPort.set(port, own);
    this.#access.watch(own.server, gateways);
    this.#surroundings.prepare?.(own.server);
    admitAll(own, gateways);
    const listening = own.listen();
    this.#listening.push(listening);
    // Whoever waits is told; in an application without the module nobody does, and the process ends with it.
    if (this.#surroundings.isWaitedFor === true) listening.catch(() => {});
    return own;
  }

  #sharedServer(): PortServer {
    if (!this.#isSharedChecked) admitAll(this.#shared, this.#gatewaysOn(applicationPort));
    this.#isSharedChecked = true;
    return this.#shared;
  }

  #gatewaysOn(port: number): UntouchedGateway[] {
    return (this.#surroundings.gateways?.() ?? []).filter((gateway) => gateway.port === port);
  }
}

/** Nest asks for a server once per path: what a second gateway says of the server is not passed on. */
function admitAll(server: PortServer, gateways: readonly UntouchedGateway[]): void {
  for (const { name, options } of gateways) server.admit(options, name);
}

/** Makes room for listeners of Nest: they are as many as there are gateways, which is no leak. */
function allowListeners(emitter: Listened, count: number): void {
  const limit = emitter.getMaxListeners();
  // Of none, there is none to raise.
  if (limit > 0) emitter.setMaxListeners(limit + count);
}

/** Sends each value of a stream; resolves when there is none to come, rejects with what it or an answer fails with. */
function followed(client: Socket, values: Observable<unknown>, ack: Ack | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const subscription = ClientStreams.follow(client, values, {
      next: (value) => {
        try {
          respond(client, value, ack);
        } catch (error) {
          reject(error);
          // Of Nest's streams the first value never comes before this is one.
          subscription.unsubscribe();
        }
      },
      error: reject,
    });
    subscription.add(resolve);
  });
}

/** Sends what a handler returned; what cannot be encoded is an error to the client, and to the caller. */
function respond(client: Socket, response: unknown, ack: Ack | undefined): void {
  if (response === undefined || response === null) return;
  try {
    const { event, data } = response as { event?: unknown; data?: unknown };
    // As in Nest, a number names an event too, and an empty name is none.
    if (event && (typeof event === 'string' || typeof event === 'number')) client.emit(event as string, data);
    else ack?.(response);
  } catch (error) {
    if (ack === undefined) client.emit('exception', internalError);
    else ack(internalError);
    throw error;
  }
}
