import { isDeepStrictEqual } from 'node:util';
import { RookeryError, Server, type ServerOptions } from '../../server/index.js';

/** Options of a server as a decorator of `@nestjs/websockets` gives them. */
export type DecoratorOptions = Readonly<Record<string, unknown>>;

/** A server that gateways of `@nestjs/websockets` share: the application's own, or that of another port. */
export class PortServer {
  readonly server: Server;
  readonly #place: string;
  readonly #options: DecoratorOptions;

  /** @param place where it is served, for error messages. @param options what the server was made with. */
  constructor(server: Server, place: string, options: ServerOptions) {
    this.server = server;
    this.#place = place;
    this.#options = definedOnly(options);
  }

  /** Listens on a port. @param base what counts where the decorator says nothing. */
  static listen(port: number, base: ServerOptions, decorated: DecoratorOptions): PortServer {
    const options: ServerOptions = { ...base, ...definedOnly(decorated) };
    return new PortServer(new Server(port, options), `port ${port}`, options);
  }

  /**
   * Checks what another gateway asks of the server, which is made already.
   *
   * @throws RookeryError `INVALID_GATEWAY` for an option that is not as the server has it.
   */
  admit(decorated: DecoratorOptions): void {
    const inForce = this.#inForce();
    const conflicting = Object.entries(definedOnly(decorated))
      // What a server has no option for, it does not do.
      .filter(([name, value]) => !isDeepStrictEqual(comparable(name, value), inForce[name] ?? false))
      .map(([name]) => name);
    if (conflicting.length === 0) return;
    throw new RookeryError(
      'INVALID_GATEWAY',
      `A gateway of @nestjs/websockets asks for its own ${conflicting.join(', ')} on ${this.#place}, which has one server for all gateways; set it in SocketIoModule.forRoot() instead, or give the gateway another port`,
    );
  }

  /** Lets every client go and gives the port back. @param timeout as of `Server.drain()`. */
  async release(timeout: number): Promise<void> {
    const httpServer = this.server.httpServer!;
    const closed = new Promise((resolve) => {
      // No new clients from now on.
      httpServer.close(resolve);
    });
    await this.server.drain(timeout);
    httpServer.closeAllConnections();
    await closed;
  }

  #inForce(): DecoratorOptions {
    const { engine } = this.server;
    const connectTimeout = this.server.connectTimeout();
    return { ...engine.opts, connectTimeout, ...this.#options, path: this.server.path() };
  }
}

function definedOnly(options: object): DecoratorOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** A path counts without the slash at its end. */
function comparable(name: string, value: unknown): unknown {
  return name === 'path' && typeof value === 'string' ? value.replace(/\/$/, '') : value;
}
