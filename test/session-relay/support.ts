import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  connect,
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from 'node:net';
import { sessionRelay, type SessionRelay, type SessionRelayOptions } from '../../lib/cluster/session-relay/index.js';
import type { EngineOptions } from '../../lib/engine/index.js';
import { TestEngine } from '../engine/support.js';

export const secret = 'a secret of the specs, 32 characters or more';

/** An engine with a relay of its own, as another process would have it. */
export interface RelayingEngine extends AsyncDisposable {
  readonly test: TestEngine;
  readonly relay: SessionRelay;
}

export async function startNode(
  options: EngineOptions = {},
  relayOptions: SessionRelayOptions = { secret },
): Promise<RelayingEngine> {
  const relay = sessionRelay(relayOptions);
  const test = await TestEngine.start({ ...options, sessionRouting: relay });
  try {
    await test.engine.routingReady();
  } catch (error) {
    await test[Symbol.asyncDispose]();
    throw error;
  }
  return {
    test,
    relay,
    async [Symbol.asyncDispose]() {
      await test[Symbol.asyncDispose]();
      await test.engine.routingClosed();
    },
  };
}

/** A TCP server that counts who comes, and does with them what the test says. */
export async function startTcp(
  onConnection: (socket: Socket) => void = () => {},
): Promise<AsyncDisposable & { readonly port: number; readonly sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server: TcpServer = createTcpServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A port whose connections nobody takes, and nobody refuses: a stopped process, with a queue that is full. */
export async function startSilentHost(): Promise<AsyncDisposable & { readonly port: number }> {
  const program = `const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(line.toString());
  child.kill('SIGSTOP');
  const waiting = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  await Promise.all(waiting.slice(0, 2).map((socket) => once(socket, 'connect')));
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of waiting) socket.destroy();
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
