import type { INestApplication, ModuleMetadata, Type } from '@nestjs/common';
import { Test, type TestingModule, type TestingModuleBuilder } from '@nestjs/testing';
import { SOCKET_IO_SERVER, SocketIoModule, type SocketIoModuleOptions } from '../nest/index.js';
import { RookeryError, type DefaultEventsMap, type EventsMap, type Server } from '../server/index.js';
import {
  MemoryWireClient,
  TestClient,
  type RequestDescription,
  type TestClientOptions,
  type WireClient,
} from '../testing/index.js';
import { bringsSocketIo } from './module-imports.js';

/** What an application under test is made of. */
export interface SocketTestingMetadata extends ModuleMetadata {
  /**
   * Options of the `SocketIoModule` that is added to the imports.
   *
   * Only where none of the imports brings one.
   */
  readonly options?: SocketIoModuleOptions | undefined;
}

/** How a client connects to an application under test. */
export interface SocketTestingConnectOptions
  extends TestClientOptions, Pick<RequestDescription, 'headers' | 'query' | 'remoteAddress'> {
  /** The peer's address, as `handshake.address` has it. @default "127.0.0.1" */
  readonly remoteAddress?: string | undefined;
}

/**
 * An application under test, with clients in memory: nothing listens on a port.
 *
 * Clients go through the protocol, namespaces, middlewares, guards, pipes and acks. They pass neither `allowRequest` nor
 * middlewares of the engine, which decide about HTTP requests.
 */
export class SocketTestingModule implements AsyncDisposable {
  /** The application; it is initialized, and never listens. */
  readonly app: INestApplication;
  readonly #server: Server;
  readonly #wires: WireClient[] = [];
  #closed: Promise<void> | null = null;

  private constructor(app: INestApplication, server: Server) {
    this.app = app;
    this.#server = server;
  }

  /**
   * Starts an application of its own. `SocketIoModule` is added unless one of the imports brings it.
   *
   * @throws RookeryError `INVALID_OPTION` for `options` where an import brings a `SocketIoModule` with its own.
   */
  static async create({ options, ...metadata }: SocketTestingMetadata): Promise<SocketTestingModule> {
    const imports = metadata.imports ?? [];
    const isThere = await bringsSocketIo(imports);
    if (isThere && options !== undefined) {
      throw new RookeryError(
        'INVALID_OPTION',
        'SocketTestingModule.create() was given `options`, and an import brings a SocketIoModule that has its own; leave one of them out',
      );
    }
    const socketIo = isThere ? [] : [SocketIoModule.forRoot(options)];
    return SocketTestingModule.from(Test.createTestingModule({ ...metadata, imports: [...socketIo, ...imports] }));
  }

  /**
   * Starts what Nest's `Test` has made: a builder, with its overrides, a compiled module, or an application, such as one
   * with global pipes or on fastify. It has to import `SocketIoModule`.
   *
   * @throws RookeryError `INVALID_OPTION` without a `SocketIoModule`.
   */
  static async from(source: TestingModuleBuilder | TestingModule | INestApplication): Promise<SocketTestingModule> {
    const compiled = 'compile' in source ? await source.compile() : source;
    const app = isTestingModule(compiled) ? compiled.createNestApplication() : compiled;
    try {
      await app.init();
      return new SocketTestingModule(app, serverOf(app));
    } catch (error) {
      // What keeps it from starting is what counts.
      await app.close().catch(() => {});
      throw error;
    }
  }

  /**
   * Connects a client to a namespace. It ends with the application. Connect hooks may still be running when it is there;
   * its events wait for them. Rejects once the application is closed.
   *
   * @throws ConnectError when the namespace does not let the client in.
   */
  async connect<ServerEvents extends EventsMap = DefaultEventsMap, ClientEvents extends EventsMap = DefaultEventsMap>(
    namespace = '/',
    { auth, timeout, headers, query, remoteAddress = '127.0.0.1' }: SocketTestingConnectOptions = {},
  ): Promise<TestClient<ServerEvents, ClientEvents>> {
    if (this.#closed !== null) throw new Error('The application is closed');
    const url = `${this.#server.path()}/`;
    const wire = await MemoryWireClient.connect(this.#server.engine, {
      request: { headers, query, remoteAddress, url },
    });
    this.#wires.push(wire);
    return TestClient.connect(wire, namespace, { auth, timeout });
  }

  /** A provider of the application, from any of its modules. */
  get<T>(token: Type<T> | (abstract new (...args: never[]) => T) | string | symbol): T {
    return this.app.get<T>(token as Type<T>);
  }

  /** Ends every client, waits for the disconnect hooks, and closes the application; safe to call twice. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(): Promise<void> {
    await Promise.all(this.#wires.map((wire) => wire.close()));
    await this.app.close();
  }
}

function isTestingModule(source: TestingModule | INestApplication): source is TestingModule {
  return typeof (source as Partial<TestingModule>).createNestApplication === 'function';
}

function serverOf(app: INestApplication): Server {
  try {
    return app.get<Server>(SOCKET_IO_SERVER);
  } catch (error) {
    throw new RookeryError(
      'INVALID_OPTION',
      'SocketTestingModule.from() needs an application with SocketIoModule; import SocketIoModule.forRoot()',
      { cause: error },
    );
  }
}
