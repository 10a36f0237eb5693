import { createServer } from 'node:http';
import { connect as connectHttp2, createSecureServer, type ClientHttp2Session } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { io as connect } from 'socket.io-client';
import { EngineServer } from '../../lib/engine/index.js';
import { Server, type Socket } from '../../lib/server/index.js';
import { WebSocketWireClient } from '../../lib/testing/index.js';
import { createCertificate } from '../support/certificate.js';
import { next } from './support.js';

type AnyServer = ReturnType<typeof createServer>;

const clientOptions = { rejectUnauthorized: false, reconnection: false, forceNew: true };
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function listen(server: AnyServer): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** The body of an answer over HTTP/2. */
function fetchHttp2(session: ClientHttp2Session, path: string, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':path': path, ':method': body === undefined ? 'GET' : 'POST' });
    let text = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => (text += chunk));
    stream.on('end', () => resolve(text));
    stream.on('error', reject);
    stream.setTimeout(2_000, () => reject(new Error(`No answer to ${path} came in time`)));
    stream.end(body);
  });
}

describe('a server', () => {
  it.each([['polling'], ['websocket']])(
    'serves an HTTPS server over %s, and says so in the handshake',
    async (name) => {
      const httpServer = createHttps(createCertificate());
      const io = new Server(httpServer);
      ends.push(() => {
        const closed = io.close();
        httpServer.closeAllConnections();
        return closed;
      });
      const port = await listen(httpServer);
      const connected = next(io, 'connection');
      const client = connect(`https://127.0.0.1:${port}`, { ...clientOptions, transports: [name] });
      ends.push(() => client.disconnect());
      await next(client, 'connect');
      const [socket] = (await connected) as [Socket];
      expect(socket.handshake.secure).toBe(true);
      const left = next(socket, 'disconnect');
      client.disconnect();
      expect(await left).toEqual(['client namespace disconnect', undefined]);
    },
  );

  it.each<[string, (() => void) | undefined]>([
    ['that has listeners of its own', () => {}],
    ['that has none', undefined],
  ])('serves an HTTP/2 server %s: polls over HTTP/2, WebSockets over HTTP/1.1', async (_which, listener) => {
    const httpServer = createSecureServer({ ...createCertificate(), allowHTTP1: true });
    if (listener !== undefined) httpServer.on('request', listener);
    const io = new Server(httpServer as unknown as AnyServer);
    ends.push(() => io.close());
    const port = await listen(httpServer as unknown as AnyServer);
    const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    ends.push(() => session.destroy());
    const path = '/socket.io/?EIO=4&transport=polling';
    const { sid } = JSON.parse((await fetchHttp2(session, path)).slice(1)) as { sid: string };
    expect(await fetchHttp2(session, `${path}&sid=${sid}`, '40')).toBe('ok');
    expect(await fetchHttp2(session, `${path}&sid=${sid}`)).toMatch(/^40\{"sid":/);
    expect(JSON.parse(await fetchHttp2(session, `${path}&sid=unknown`))).toEqual({
      code: 1,
      message: 'Session ID unknown',
    });
    const client = connect(`https://127.0.0.1:${port}`, { ...clientOptions, transports: ['websocket'] });
    ends.push(() => client.disconnect());
    await next(client, 'connect');
  });

  it('serves what a framework hands to its engine, at any path', async () => {
    const io = new Server();
    const httpServer = createServer((request, response) => io.engine.handleRequest(request, response));
    httpServer.on('upgrade', (request, socket, head) => io.engine.handleUpgrade(request, socket, head));
    ends.push(() => {
      httpServer.closeAllConnections();
      httpServer.close();
    });
    ends.push(() => io.close());
    const port = await listen(httpServer);
    const client = await WebSocketWireClient.connect(`http://127.0.0.1:${port}/any/where?EIO=4&transport=websocket`);
    expect(await client.join()).toHaveLength(20);
    io.emit('hi');
    expect(await client.next()).toBe('42["hi"]');
  });

  it('takes single sessions of an engine of the application', async () => {
    const httpServer = createServer();
    const engine = new EngineServer().attach(httpServer, { path: '/own' });
    const io = new Server();
    const isWanted = (query: Record<string, string>): boolean => query['app'] === 'chat';
    engine.on('connection', (conn: Parameters<Server['onconnection']>[0]) => {
      const { _query: query } = conn.request as unknown as { _query: Record<string, string> };
      if (isWanted(query)) expect(io.onconnection(conn)).toBe(io);
      else conn.send('not of socket.io');
    });
    ends.push(() => {
      engine.close();
      httpServer.close();
    });
    const port = await listen(httpServer);
    const url = `http://127.0.0.1:${port}/own/?EIO=4&transport=websocket`;
    const chat = await WebSocketWireClient.connect(`${url}&app=chat`);
    expect(await chat.join()).toHaveLength(20);
    const other = await WebSocketWireClient.connect(`${url}&app=other`);
    expect(await other.next()).toBe('4not of socket.io');
  });
});
