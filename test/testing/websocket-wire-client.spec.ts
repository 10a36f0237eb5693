import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { WebSocketServer, type WebSocket } from 'ws';
import type { EngineSocket } from '../../lib/engine/index.js';
import { startTestServer, WebSocketWireClient } from '../../lib/testing/index.js';

describe('a WebSocket wire client', () => {
  it('takes a URL with http, as the server tells it', async () => {
    await using server = await startTestServer();
    expect(server.endpoint('websocket')).toMatch(/^http:/);
    await using client = await WebSocketWireClient.connect(server.endpoint('websocket'));
    expect(server.io.engine.clients[client.sid]!.transport.name).toBe('websocket');
  });

  it('opens a connection without a session, for the other half of an upgrade', async () => {
    await using server = await startTestServer();
    const polling = await server.connect({ transport: 'polling' });
    await polling.join();
    const session = server.io.engine.clients[polling.sid]!;
    await using client = await WebSocketWireClient.open(server.endpoint('websocket', `sid=${polling.sid}`));
    expect(() => client.handshake).toThrow('The session is not open yet');
    expect(() => client.sid).toThrow('The session is not open yet');
    client.send('2probe');
    expect(await client.next()).toBe('3probe');
    const upgraded = once(session as never, 'upgrade');
    client.send('5');
    await upgraded;
    session.send('a');
    expect(await client.next()).toBe('4a');
  });

  it('misses nothing that comes right behind the 101', async () => {
    await using server = await startTestServer((io) => {
      io.engine.on('connection', (socket: EngineSocket) => socket.send('first'));
    });
    await using client = await WebSocketWireClient.open(server.endpoint('websocket'));
    expect(await client.next()).toMatch(/^0\{"sid":/);
    expect(await client.next()).toBe('4first');
  });

  it('tells the code that the connection was closed with', async () => {
    await using peer = await Peer.start((webSocket) => webSocket.close(4_001, 'because'));
    const client = await WebSocketWireClient.open(peer.url);
    expect(await client.closed).toBe(4_001);
    await expect(client.next()).rejects.toThrow('The connection is closed: code 4001');
  });

  it('is closed, and nothing worse, by what is no WebSocket frame', async () => {
    await using peer = await Peer.start((_webSocket, stream) => stream.write(Buffer.from([0xff, 0xff])));
    const client = await WebSocketWireClient.open(peer.url);
    expect(await client.closed).toBe(1006);
  });

  it('rejects when the handshake is refused', async () => {
    await using server = await startTestServer(undefined, {
      allowRequest: (_request, callback) => callback('not today', false),
    });
    await expect(server.connect()).rejects.toThrow('Unexpected server response: 400');
  });

  it('rejects when there is no server', async () => {
    const server = await startTestServer();
    await server.close();
    await expect(WebSocketWireClient.connect(server.endpoint('websocket'))).rejects.toThrow('ECONNREFUSED');
  });

  it('rejects when the first packet is no handshake', async () => {
    await using peer = await Peer.start((webSocket) => webSocket.send('4hello'));
    await expect(WebSocketWireClient.connect(peer.url)).rejects.toThrow('Expected the handshake, got 4hello');
  });

  it('lets go of the connection when the handshake does not come', async () => {
    await using peer = await Peer.start();
    await expect(WebSocketWireClient.connect(peer.url, { timeout: 10 })).rejects.toThrow('No packet came within 10 ms');
    expect(await peer.isLeft()).toBe(true);
  });
});

/** A WebSocket server that speaks no protocol of ours. */
class Peer implements AsyncDisposable {
  readonly url: string;
  readonly #server: WebSocketServer;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(onConnection: (webSocket: WebSocket, stream: Stream) => void = () => {}): Promise<Peer> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    server.on('connection', (webSocket, request) => onConnection(webSocket, request.socket));
    await once(server, 'listening');
    return new Peer(server);
  }

  /** Whether its client has gone, or answers a ping: then it is still there. */
  async isLeft(): Promise<boolean> {
    const [webSocket] = this.#server.clients;
    if (webSocket === undefined) return true;
    return new Promise((resolve) => {
      webSocket.once('close', () => resolve(true));
      webSocket.once('pong', () => resolve(false));
      webSocket.ping();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const webSocket of this.#server.clients) webSocket.terminate();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

interface Stream {
  write(bytes: Uint8Array): unknown;
}
