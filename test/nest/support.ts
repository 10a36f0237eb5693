import { expect } from '@jest/globals';
import { once } from 'node:events';
import { connect as connectTcp, type AddressInfo, type Socket as TcpSocket } from 'node:net';
import type { DynamicModule, INestApplication, LoggerService, ModuleMetadata } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { SocketIoModule, type SocketIoModuleOptions } from '../../lib/index.js';
import { Clients } from '../support/clients.js';

/** Keeps what is logged. */
export class RecordingLogger implements LoggerService {
  readonly errors: unknown[][] = [];
  readonly warnings: unknown[][] = [];
  log(): void {}
  debug(): void {}
  verbose(): void {}
  error(...line: unknown[]): void {
    this.errors.push(line);
  }
  warn(...line: unknown[]): void {
    this.warnings.push(line);
  }
}

/** A running application with its clients. */
export interface TestApp extends AsyncDisposable {
  readonly app: INestApplication;
  readonly clients: Clients;
  readonly logger: RecordingLogger;
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** What a test application is made of. */
export interface TestAppOptions extends ModuleMetadata {
  /**
   * Anybody may enter a namespace of which nobody says who may, unless `defaultAccess` or `security` is there: most specs
   * are of what comes behind the door.
   */
  readonly options?: SocketIoModuleOptions;
  /** The module, where it is not `forRoot(options)`. */
  readonly socketIo?: DynamicModule;
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** @default a free one */
  readonly port?: number;
  readonly platform?: 'express' | 'fastify';
  /** Options of Fastify itself. */
  readonly fastify?: ConstructorParameters<typeof FastifyAdapter>[0];
  configure?(app: INestApplication): void;
}

/** Starts an application on a free port. */
export async function startApp({
  options = {},
  socketIo,
  platform = 'express',
  fastify,
  host = '127.0.0.1',
  port: wantedPort = 0,
  configure,
  ...metadata
}: TestAppOptions): Promise<TestApp> {
  const logger = new RecordingLogger();
  const module = await Test.createTestingModule({
    ...metadata,
    imports: [socketIo ?? SocketIoModule.forRoot(withOpenDoors(options)), ...(metadata.imports ?? [])],
  })
    .setLogger(logger)
    .compile();
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter(fastify);
  const app = module.createNestApplication(adapter as never, { logger });
  configure?.(app);
  try {
    await app.listen(wantedPort, host);
  } catch (error) {
    await app.close();
    throw error;
  }
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://${host}:${port}`;
  const clients = new Clients(() => url);
  const close = async (): Promise<void> => {
    clients.close();
    await app.close();
  };
  return { app, clients, logger, url, port, close, [Symbol.asyncDispose]: close };
}

function withOpenDoors(options: SocketIoModuleOptions): SocketIoModuleOptions {
  const isSaid = 'defaultAccess' in options || 'security' in options;
  return isSaid ? options : { ...options, defaultAccess: 'allow' };
}

/** What keeps an application from starting. */
export async function bootError(options: TestAppOptions): Promise<unknown> {
  let running: TestApp;
  try {
    running = await startApp(options);
  } catch (error) {
    return error;
  }
  await running.close();
  throw new Error('The application has started');
}

/** Waits until a client is disconnected; its event gets no answer. */
export async function disconnectedWithout(socket: ReturnType<Clients['create']>, event: string): Promise<void> {
  // An ack that is still open when the client is disconnected rejects.
  await expect(socket.emitWithAck(event)).rejects.toThrow('disconnected');
}

/** The path of a new session, or of one that is open. */
export function sessionPath(transport: 'polling' | 'websocket', sid?: string): string {
  return `/socket.io/?EIO=4&transport=${transport}${sid === undefined ? '' : `&sid=${sid}`}`;
}

/** A TCP connection that asks for a WebSocket, with the answer to its request. */
export async function upgradeByHand(
  { port }: Pick<TestApp, 'port'>,
  path: string,
  headers: readonly string[] = [],
): Promise<{ tcp: TcpSocket; answer: string }> {
  const tcp = connectTcp(port, '127.0.0.1');
  tcp.on('error', () => {});
  tcp.write(
    [
      `GET ${path} HTTP/1.1`,
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
      '\r\n',
    ].join('\r\n'),
  );
  const [answer] = (await Promise.race([once(tcp, 'data'), once(tcp, 'close').then(() => [''])])) as [Buffer | string];
  return { tcp, answer: answer.toString() };
}

/** The bytes of a short text message of a client, under a mask of zeros. */
export function webSocketText(text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

/** Resolves when it is told to. */
export class Gate {
  readonly opened: Promise<void>;
  open!: () => void;

  constructor() {
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }
}

/** A polling session that polls when it is told to, and has joined the main namespace. */
export class PollingByHand {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  static async join({ url }: Pick<TestApp, 'url'>): Promise<PollingByHand> {
    const opened = await (await fetch(url + sessionPath('polling'))).text();
    const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
    const session = new PollingByHand(url + sessionPath('polling', sid));
    await fetch(session.#url, { method: 'POST', body: '40' });
    return session;
  }

  /** Takes what is there, or waits for it. */
  poll(): Promise<Response> {
    return fetch(this.#url, { headers: { 'accept-encoding': 'gzip' } });
  }
}
