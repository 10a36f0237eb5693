import type { WebSocketAdapter, WsMessageHandler } from '@nestjs/common';
import { isObservable, type Observable } from 'rxjs';
import { Server, type Namespace, type Socket } from '../../server/index.js';

/** What Nest passes on from the decorator of a gateway. */
interface GatewayServerOptions {
  readonly namespace?: string;
  readonly server?: Server;
}

/** Runs the gateways of `@nestjs/websockets` on our server; the module installs it. */
export class SocketIoAdapter implements WebSocketAdapter<Server | Namespace, Socket, GatewayServerOptions> {
  /** Set by Nest from the application's options; connections are always closed within the drain time. */
  forceCloseConnections = false;
  readonly #server: Server;
  /** Servers of gateways that ask for a port of their own. */
  readonly #ownServers = new Set<Server>();

  constructor(server: Server) {
    this.#server = server;
  }

  create(port: number, options: GatewayServerOptions = {}): Server | Namespace {
    if (options.namespace !== undefined && options.server !== undefined) return options.server.of(options.namespace);
    const server = port === 0 ? this.#server : this.#listen(port);
    return options.namespace === undefined ? server : server.of(options.namespace);
  }

  bindClientConnect(server: Server | Namespace, callback: (socket: Socket) => void): void {
    server.on('connection', callback);
  }

  bindClientDisconnect(client: Socket, callback: (reason: string) => void): void {
    client.on('disconnect', callback);
  }

  bindMessageHandlers(
    client: Socket,
    handlers: WsMessageHandler[],
    transform: (data: unknown) => Observable<unknown>,
  ): void {
    for (const { message, callback, isAckHandledManually } of handlers) {
      client.on(message, async (...args: unknown[]) => {
        const ack = typeof args.at(-1) === 'function' ? (args.pop() as (value: unknown) => void) : undefined;
        const result: unknown = await callback(args.length > 1 ? args : args[0], ack);
        transform(isObservable(result) ? result : Promise.resolve(result)).subscribe((response) =>
          respond(client, response, isAckHandledManually ? undefined : ack),
        );
      });
    }
  }

  closeClient(client: Socket): void {
    client.disconnect(true);
  }

  /** The server shared with our own gateways is drained by the module; those with a port of their own are closed. */
  async close(server: Server | Namespace): Promise<void> {
    if (server instanceof Server && this.#ownServers.delete(server)) await server.close();
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#ownServers].map((server) => this.close(server)));
  }

  #listen(port: number): Server {
    const server = new Server(port);
    this.#ownServers.add(server);
    return server;
  }
}

function respond(client: Socket, response: unknown, ack: ((value: unknown) => void) | undefined): void {
  if (response === undefined || response === null) return;
  const { event, data } = response as { event?: unknown; data?: unknown };
  if (typeof event === 'string') client.emit(event, data);
  else ack?.(response);
}
