import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
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
  await test.engine.routingReady();
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
