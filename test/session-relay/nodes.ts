import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, request as createRequest } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { SessionRelayOptions } from '../../lib/cluster/session-relay/index.js';
import type { SessionRoutingHealth } from '../../lib/engine/index.js';
import { end } from '../support/cluster-process.js';

/** A node that runs as a process of its own. */
export interface NodeProcess extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  health(): Promise<SessionRoutingHealth & { readonly address: string }>;
  /** Resolves when it has closed and ended by itself, with its exit code. */
  close(): Promise<number | null>;
  kill(): Promise<void>;
}

export async function startNodeProcess(parameters: { relay?: SessionRelayOptions } & object): Promise<NodeProcess> {
  if (!existsSync('dist/esm/cluster/session-relay/index.js'))
    throw new Error('The package is not built; npm run build');
  const child: ChildProcess = fork('test/session-relay/fixtures/node.mjs', {
    env: { ...process.env, PARAMETERS: JSON.stringify(parameters) },
    execArgv: [],
  });
  const { port } = await told<{ port: number }>(child);
  return {
    port,
    pid: child.pid!,
    async health() {
      child.send('health');
      return (await told<{ health: SessionRoutingHealth & { address: string } }>(child)).health;
    },
    async close() {
      const exited = once(child, 'exit') as Promise<[number | null]>;
      child.send('close');
      return (await exited)[0];
    },
    kill: () => end(child, 'SIGKILL'),
    [Symbol.asyncDispose]: () => end(child, 'SIGKILL'),
  };
}

async function told<Message>(child: ChildProcess): Promise<Message> {
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`The node ended with ${String(code)}`);
    }),
  ])) as [Message];
  return message;
}

/** A proxy that takes every request, and every upgrade, to the next node. */
export async function startRoundRobin(
  all: readonly number[],
): Promise<AsyncDisposable & { readonly url: string; leaveOut(port: number): void }> {
  let turn = 0;
  let ports = all;
  const next = (): number => ports[turn++ % ports.length]!;
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    const forwarded = createRequest({ host: '127.0.0.1', port: next(), method, path: url, headers });
    forwarded.on('response', (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    response.on('close', () => forwarded.destroy());
    request.pipe(forwarded);
  });
  server.on('upgrade', (request, socket, head) => {
    const node = connect(next(), '127.0.0.1');
    const { rawHeaders, url } = request;
    let text = `GET ${url} HTTP/1.1\r\n`;
    for (let at = 0; at < rawHeaders.length; at += 2) text += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
    node.write(`${text}\r\n`);
    node.write(head);
    node.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.on('error', () => node.destroy()).on('close', () => node.destroy());
    node.pipe(socket).pipe(node);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leaveOut: (port) => {
      ports = ports.filter((each) => each !== port);
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await Promise.resolve();
    },
  };
}
