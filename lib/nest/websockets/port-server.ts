import { createServer, type Server as HttpServer } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import {
  defaultClientLimits,
  defaultLimits,
  presetOf,
  RookeryError,
  Server,
  type ServerOptions,
} from '../../server/index.js';
import { definedOnly, messageOf } from '../../shared/index.js';

/** Options of a server as a decorator of `@nestjs/websockets` gives them. */
export type DecoratorOptions = Readonly<Record<string, unknown>>;

/** What the options are that a server does not tell, where nobody sets them; what is on unless it is said. */
const unspoken: DecoratorOptions = {
  security: 'compatible',
  addTrailingSlash: true,
  destroyUpgrade: true,
  destroyUpgradeTimeout: 1_000,
  ackTimeout: 30_000,
  attachmentTimeout: 10_000,
  ...defaultLimits,
  ...defaultClientLimits,
};

const defaultCompression = { threshold: 1_024 };
const anyGateway = 'A gateway of @nestjs/websockets';

/** A server that gateways of `@nestjs/websockets` share: the application's own, or that of another port. */
export class PortServer {
  readonly server: Server;
  readonly #place: string;
  readonly #maker: string;
  readonly #options: DecoratorOptions;

  /**
   * @param place where it is served, for error messages.
   * @param maker who says what it is like, for error messages.
   * @param options what the server was made with.
   */
  constructor(server: Server, place: string, maker: string, options: ServerOptions) {
    this.server = server;
    this.#place = place;
    this.#maker = maker;
    this.#options = { ...definedOnly(options) };
  }

  /**
   * Checks what another gateway asks of the server, which is made already.
   *
   * @param name the gateway's, where it is known.
   * @throws RookeryError `INVALID_GATEWAY` for an option that is not as the server has it.
   */
  admit(decorated: DecoratorOptions, name = anyGateway): void {
    const inForce = this.#inForce();
    const conflicting = Object.entries(definedOnly(decorated))
      // What a server has no option for, it does not do.
      .filter(
        ([option, value]) =>
          !isDeepStrictEqual(comparable(option, value), comparable(option, inForce[option] ?? false)),
      )
      .map(([option]) => option);
    if (conflicting.length === 0) return;
    throw new RookeryError(
      'INVALID_GATEWAY',
      `${name} asks for its own ${conflicting.join(', ')} on ${this.#place}, which has one server for all gateways, as ${this.#maker} wants it; set it there instead, or give the gateway another port`,
    );
  }

  #inForce(): DecoratorOptions {
    const { server } = this;
    return {
      ...unspoken,
      ...presetOf(this.#options),
      ...server.engine.opts,
      connectTimeout: server.connectTimeout(),
      adapter: server.adapter(),
      ...this.#options,
      serveClient: server.serveClient(),
      path: server.path(),
    };
  }
}

/** A server with a port of its own. */
export class OwnPort extends PortServer {
  readonly #port: number;
  readonly #maker: string;
  readonly #httpServer: HttpServer;

  /** @param maker the gateway that asks for it, where it is known. @param options of the server. */
  constructor(port: number, maker: string | undefined, options: ServerOptions) {
    const httpServer = createServer((_request, response) => {
      response.writeHead(404);
      response.end();
    });
    super(new Server(httpServer, options), `port ${port}`, maker ?? 'the first gateway there', options);
    this.#port = port;
    this.#maker = maker ?? anyGateway;
    this.#httpServer = httpServer;
  }

  /** @throws RookeryError `PORT_UNAVAILABLE`, as a rejection, when the port cannot be listened on. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (cause: NodeJS.ErrnoException): void => {
        const what = cause.code === 'EADDRINUSE' ? 'it is in use' : messageOf(cause);
        const message = `${this.#maker} asks for port ${this.#port}, which cannot be listened on: ${what}`;
        reject(new RookeryError('PORT_UNAVAILABLE', message, { cause }));
      };
      this.#httpServer.once('error', fail);
      this.#httpServer.listen(this.#port, () => {
        this.#httpServer.off('error', fail);
        resolve();
      });
    });
  }

  /** Lets every client go and gives the port back. @param timeout the grace of `Server.close()`. */
  release(timeout: number): Promise<void> {
    return this.server.close({ grace: timeout });
  }
}

/** The options of a port's server. @param base what counts where the decorator says nothing. */
export function mergedOptions(base: ServerOptions, decorated: DecoratorOptions): ServerOptions {
  return { ...base, ...definedOnly(decorated) };
}

/** One of the several ways to say the same. */
function comparable(name: string, value: unknown): unknown {
  if (name === 'path' && typeof value === 'string') return value.replace(/\/$/, '');
  if (name === 'httpCompression' && value === true) return defaultCompression;
  return value;
}
