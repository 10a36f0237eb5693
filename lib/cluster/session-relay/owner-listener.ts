import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import {
  createServer,
  maxHeaderSize,
  ServerResponse,
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  type Server,
} from 'node:http';
import { connect, type AddressInfo, type ListenOptions } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import type { Duplex } from 'node:stream';
import { createId } from '../../shared/index.js';
import { advertisedAddress, type NodeAddress } from './address.js';
import type { RelayListenOptions } from './options.js';
import { closeMark, refusedMark, relayHeader, type RelaySignature, type RelayStatement } from './relay-signature.js';

/** Who serves what other nodes pass on. */
export interface RelayedRequests {
  onRequest(request: IncomingMessage, response: ServerResponse): void;
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  onRelease(request: IncomingMessage): void;
  /** A request came that no node has sent. */
  onRejected(): void;
}

// Longer than nodes keep idle connections: it is they who close them, when nothing is on its way.
const keepAliveTimeout = 65_000;

/**
 * Takes requests that other nodes pass on; any other is answered with 404.
 *
 * The application sees the client's address as that of the connection.
 */
export class OwnerListener {
  readonly #server: Server;
  readonly #signature: RelaySignature;
  readonly #handler: RelayedRequests;
  readonly #upgraded = new Set<Duplex>();
  #address: NodeAddress | undefined;
  /** The unix socket, and whether its folder was made for it. */
  #path: string | undefined;
  #isOwnFolder = false;

  constructor(signature: RelaySignature, handler: RelayedRequests) {
    this.#signature = signature;
    this.#handler = handler;
    this.#server = createServer({
      ServerResponse: RelayedResponse,
      keepAliveTimeout,
      // What the passing node has read, and what it says of it.
      maxHeaderSize: maxHeaderSize + 1_024,
      noDelay: true,
    } as object);
    this.#server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      this.#onRequest(request, response),
    );
    this.#server.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head));
    this.#server.on('clientError', (_error, socket) => socket.destroy());
    // Sessions are no reason for a process to live on.
    this.#server.unref();
  }

  /** Resolves with the address that other nodes reach it by. */
  async listen(listen: RelayListenOptions | undefined, advertised: string | undefined): Promise<NodeAddress> {
    if (listen !== undefined && 'host' in listen) {
      await this.#bind({ host: listen.host, port: listen.port ?? 0 });
      const { port } = this.#server.address() as AddressInfo;
      this.#address = advertisedAddress({ host: listen.host, port }, advertised);
    } else {
      this.#path = listen === undefined ? this.#ownPath() : listen.path;
      try {
        await this.#bindPath(this.#path);
      } catch (error) {
        this.#path = undefined;
        throw error;
      }
      this.#address = advertisedAddress(this.#path);
    }
    return this.#address;
  }

  /** Takes no more, and waits for answers. @param timeout what is open then is cut, in milliseconds. */
  async close(timeout: number): Promise<void> {
    const server = this.#server;
    if (!server.listening) return;
    const closed = once(server, 'close');
    const cut = setTimeout(() => {
      server.closeAllConnections();
      for (const socket of this.#upgraded) socket.destroy();
    }, timeout);
    // An answer may be on its way over a connection that was busy until now.
    const letGo = setInterval(() => server.closeIdleConnections(), 50);
    server.close();
    await closed;
    clearTimeout(cut);
    clearInterval(letGo);
    this.#removePath();
  }

  async #bind(where: ListenOptions): Promise<void> {
    // Not shared by workers of node:cluster: the address is that of one process.
    this.#server.listen({ ...where, exclusive: true });
    // Rejects with an `error`.
    await once(this.#server, 'listening');
    this.#server.on('error', noOperation);
  }

  async #bindPath(path: string): Promise<void> {
    try {
      await this.#bind({ path });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || !(await isDeserted(path))) throw error;
      // Left behind by a process that was killed.
      rmSync(path, { force: true });
      await this.#bind({ path });
    }
  }

  #ownPath(): string {
    if (process.platform === 'win32') return `\\\\.\\pipe\\rookery-${createId()}`;
    this.#isOwnFolder = true;
    // Nobody but this user enters it.
    return join(mkdtempSync(join(tmpdir(), 'rookery-')), 'relay');
  }

  #removePath(): void {
    // Node removes the socket itself.
    if (this.#path !== undefined && this.#isOwnFolder) rmSync(dirname(this.#path), { recursive: true, force: true });
    this.#path = undefined;
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const statement = this.#read(request);
    if (statement === undefined) {
      this.#handler.onRejected();
      response.writeHead(404, { [relayHeader]: refusedMark, Connection: 'close' }).end();
      return;
    }
    if (statement.act === 'release') {
      this.#handler.onRelease(request);
      response.writeHead(204).end();
      return;
    }
    // The rest of a body that is refused: read, so that the connection is not reset before the answer is.
    response.once('finish', () => {
      if (!request.complete) request.resume();
    });
    this.#handler.onRequest(request, response);
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', noOperation);
    if (this.#read(request) === undefined) {
      this.#handler.onRejected();
      socket.destroy();
      return;
    }
    this.#upgraded.add(socket);
    socket.once('close', () => this.#upgraded.delete(socket));
    this.#handler.onUpgrade(request, socket, head);
  }

  /** What the passing node says; from then on the request looks like the client's. */
  #read(request: IncomingMessage): RelayStatement | undefined {
    const value = request.headers[relayHeader];
    const statement = this.#signature.verify(value, request, this.#address!);
    if (statement === undefined) return undefined;
    delete request.headers[relayHeader];
    request.rawHeaders = withoutRelayHeader(request.rawHeaders);
    // One request at a time: a node sends the next one over a connection when it has the answer.
    const { remoteAddress, remotePort, isEncrypted } = statement;
    describe(request, 'remoteAddress', remoteAddress === '' ? undefined : remoteAddress);
    describe(request, 'remotePort', remotePort === 0 ? undefined : remotePort);
    describe(request, 'remoteFamily', familyOf(remoteAddress));
    describe(request, 'encrypted', isEncrypted || undefined);
    return statement;
  }
}

/** An answer that says to close the client's connection in words that count beyond the next one. */
class RelayedResponse extends ServerResponse {
  override writeHead(status: number, ...more: [unknown?, unknown?]): this {
    for (const headers of more) {
      if (typeof headers === 'object' && headers !== null && !Array.isArray(headers)) {
        for (const [name, value] of Object.entries(headers as OutgoingHttpHeaders)) this.setHeader(name, value!);
      }
    }
    const reason = typeof more[0] === 'string' ? more[0] : undefined;
    const list = more.find((headers) => Array.isArray(headers)) as OutgoingHttpHeader[] | undefined;
    const isRefused = this.getHeader(relayHeader) === refusedMark;
    if (!isRefused && String(this.getHeader('connection')).toLowerCase() === 'close') {
      this.removeHeader('connection');
      this.setHeader(relayHeader, closeMark);
    }
    return reason === undefined ? super.writeHead(status, list) : super.writeHead(status, reason, list);
  }
}

function describe(request: IncomingMessage, name: string, value: unknown): void {
  Object.defineProperty(request.socket, name, { value, configurable: true });
}

function familyOf(address: string): string | undefined {
  if (address === '') return undefined;
  return address.includes(':') ? 'IPv6' : 'IPv4';
}

function withoutRelayHeader(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]!.toLowerCase() !== relayHeader) kept.push(rawHeaders[index]!, rawHeaders[index + 1]!);
  }
  return kept;
}

/** Whether nobody listens at a path where something is. */
async function isDeserted(path: string): Promise<boolean> {
  const socket = connect({ path });
  try {
    await once(socket, 'connect');
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
  } finally {
    socket.destroy();
  }
}

function noOperation(): void {}
