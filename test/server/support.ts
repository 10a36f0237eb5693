import { request } from 'node:http';
import type { ErrorContext, ErrorListener, Socket } from '../../lib/server/index.js';
import type { TestConnectOptions, TestServer, WireClient } from '../../lib/testing/index.js';
import { until } from '../support/waiting.js';

export { RecordingLog } from '../support/recording-log.js';
export { deferred, until } from '../support/waiting.js';

/** A client in a namespace, and the server's socket for it. */
export interface Member {
  readonly client: WireClient;
  readonly socket: Socket;
}

/** Joins a namespace over a connection that is there. */
export async function join(server: TestServer, client: WireClient, namespace = '/', auth?: object): Promise<Socket> {
  const id = await client.join(namespace, auth);
  return server.io.of(namespace).sockets.get(id)!;
}

/** A client of its own connection, in the main namespace. */
export async function member(server: TestServer, options?: TestConnectOptions): Promise<Member> {
  const client = await server.connect(options);
  return { client, socket: await join(server, client) };
}

/** As many members as are asked for, in the order in which they joined. */
export async function members(server: TestServer, count: number): Promise<Member[]> {
  const all: Member[] = [];
  while (all.length < count) all.push(await member(server));
  return all;
}

/**
 * Everything a client gets until a last event, which is sent to it here.
 *
 * Packets keep their order: what has not come before that event does not come at all.
 */
export async function received({ client, socket }: Member): Promise<(string | Buffer)[]> {
  socket.emit('the end');
  const packets: (string | Buffer)[] = [];
  for (;;) {
    const packet = await client.next();
    if (String(packet).endsWith('["the end"]')) return packets;
    packets.push(packet);
  }
}

/** Resolves once the server has handled everything that the client has sent so far. */
export async function handled({ client, socket }: Member): Promise<void> {
  const seen = next(socket, 'handled');
  client.send(`42${socket.nsp.name === '/' ? '' : `${socket.nsp.name},`}["handled"]`);
  await seen;
}

/** The arguments of the next such event. */
export function next(emitter: object, event: string): Promise<unknown[]> {
  return new Promise((resolve) => {
    (emitter as { once(event: string, listener: (...args: unknown[]) => void): unknown }).once(event, (...args) =>
      resolve(args),
    );
  });
}

/** What `onError` was told. */
export class ReportedErrors {
  readonly all: { readonly error: unknown; readonly event: string; readonly socket: object | undefined }[] = [];
  readonly onError: ErrorListener = (error: unknown, { event, socket }: ErrorContext) => {
    this.all.push({ error, event, socket });
  };

  /** Resolves with the first errors, once there are as many. */
  async first(count: number): Promise<ReportedErrors['all']> {
    await until(() => this.all.length >= count);
    return this.all;
  }
}

/** A polling session by hand: no poll is open unless the test opens one. */
export class ManualPolling {
  private constructor(
    readonly url: string,
    readonly sid: string,
  ) {}

  static async open(server: TestServer, query?: string, headers?: Record<string, string>): Promise<ManualPolling> {
    const endpoint = server.endpoint('polling', query);
    const { sid } = JSON.parse((await fetchText(endpoint, 'GET', undefined, headers)).slice(1)) as { sid: string };
    return new ManualPolling(`${endpoint}&sid=${sid}`, sid);
  }

  /** Opens a poll; resolves with its answer. */
  poll(): Promise<string> {
    return fetchText(this.url);
  }

  post(body: string): Promise<string> {
    return fetchText(this.url, 'POST', body);
  }

  /** Joins the main namespace. */
  async join(server: TestServer): Promise<Socket> {
    await this.post('40');
    const { sid } = JSON.parse((await this.poll()).slice(2)) as { sid: string };
    return server.io.sockets.sockets.get(sid)!;
  }
}

/** The body of an answer, over a connection of its own. */
export function fetchText(
  url: string,
  method = 'GET',
  body?: string,
  headers: Record<string, string> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
