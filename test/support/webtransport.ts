import type { WebTransportSession } from '../../lib/engine/index.js';
import type { Server } from '../../lib/server/index.js';
import type { Certificate } from './certificate.js';

/** A session as the library makes it: its request is `header`, pseudo-headers of HTTP/2 among the others. */
interface LibrarySession extends WebTransportSession {
  readonly header: Readonly<Record<string, string>>;
  /** Address and port. */
  readonly peerAddress: string;
}

/** What is used of a server of the library. */
interface LibraryServer {
  readonly ready: Promise<unknown>;
  readonly closed: Promise<unknown>;
  address(): { port: number } | null;
  setRequestCallback(callback: (request: { header: Record<string, string> }) => Promise<object>): void;
  sessionStream(path: string): ReadableStream<LibrarySession>;
  startServer(): void;
  stopServer(): void;
}

/** What is used of `@fails-components/webtransport`. */
interface Library {
  readonly Http2Server: new (options: object) => LibraryServer;
  /** The class of the W3C, on the client's side. */
  readonly WebTransport: new (url: string, options: object) => ClientSession;
}

interface ClientStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** A session on the client's side, for tests that speak to the stream themselves. */
export interface ClientSession {
  readonly ready: Promise<void>;
  readonly closed: Promise<unknown>;
  createBidirectionalStream(): Promise<ClientStream>;
  close(): void;
}

/** Serves the WebTransport sessions of a Socket.IO server, on a free port of this machine, over HTTP/2. */
export class WebTransportServer {
  /** The requests of the sessions that were handed on, in order. */
  readonly urls: string[] = [];
  readonly #server: LibraryServer;
  readonly #certificate: Certificate;

  private constructor(server: LibraryServer, certificate: Certificate) {
    this.#server = server;
    this.#certificate = certificate;
  }

  static async start(io: Server, certificate: Certificate): Promise<WebTransportServer> {
    const { Http2Server } = await library();
    const { cert, key } = certificate;
    const server = new Http2Server({ port: 0, host: '127.0.0.1', secret: 'none', cert, privKey: key });
    const path = `${io.path()}/`;
    // The library knows sessions by their path alone, and clients send a query behind it.
    server.setRequestCallback(async ({ header }) => {
      const isServed = header[':path']!.split('?', 1)[0] === path;
      return { header, path, status: isServed ? 200 : 404 };
    });
    const served = new WebTransportServer(server, certificate);
    void served.#handOn(server.sessionStream(path), io);
    server.startServer();
    await server.ready;
    return served;
  }

  get port(): number {
    return this.#server.address()!.port;
  }

  /** With these, `new WebTransport()` of the library trusts the server. */
  get clientOptions(): object {
    const { hash } = this.#certificate;
    return { forceReliable: true, serverCertificateHashes: [{ algorithm: 'sha-256', value: hash }] };
  }

  /** The same for the published client, which comes to the Socket.IO server's own port first. */
  get transportOptions(): Record<string, object> {
    return { webtransport: { ...this.clientOptions, port: this.port } };
  }

  /** Ends when the last client is gone. */
  async close(): Promise<void> {
    this.#server.stopServer();
    await this.#server.closed;
  }

  async #handOn(sessions: ReadableStream<LibrarySession>, io: Server): Promise<void> {
    for await (const session of sessions as unknown as AsyncIterable<LibrarySession>) {
      const headers = Object.fromEntries(Object.entries(session.header).filter(([name]) => !name.startsWith(':')));
      const url = session.header[':path']!;
      const remoteAddress = session.peerAddress.slice(0, session.peerAddress.lastIndexOf(':'));
      this.urls.push(url);
      void io.engine.onWebTransportSession(Object.assign(session, { url, headers, remoteAddress }));
    }
  }
}

let loading: Promise<Library> | undefined;

/** The library; what it prints of its HTTP/3 half, which is not installed, is kept back. */
export function library(): Promise<Library> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Library> {
  const { error, log } = console;
  Object.assign(console, { error() {}, log() {} });
  try {
    const loaded = (await import('@fails-components/webtransport')) as unknown as Library & {
      quicheLoaded: Promise<void>;
    };
    await loaded.quicheLoaded;
    return loaded;
  } finally {
    Object.assign(console, { error, log });
  }
}

/** Gives the published client the library's class, as a browser would; returns how to take it away again. */
export async function installWebTransport(): Promise<() => void> {
  const { WebTransport } = await library();
  Object.assign(globalThis, {
    WebTransport: class extends WebTransport {
      override async createBidirectionalStream(): Promise<ClientStream> {
        const { readable, writable } = await super.createBidirectionalStream();
        return { readable, writable: forgiving(writable) };
      }
    },
  });
  return () => Reflect.deleteProperty(globalThis, 'WebTransport');
}

// The client pipes into its half and never looks whether that ended well; browsers say so in their console, tests fail.
function forgiving(writable: WritableStream<Uint8Array>): WritableStream<Uint8Array> {
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  return new WritableStream({
    write: (chunk) => writer.write(chunk).catch(() => {}),
    close: () => writer.close().catch(() => {}),
  });
}
