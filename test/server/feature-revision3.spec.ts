import { describe, expect, it } from '@jest/globals';
import { startTestServer, WebSocketWireClient, type TestServer } from '../../lib/testing/index.js';
import { next } from './support.js';

const options = { allowEIO3: true };

/** A client of Engine.IO 3, behind its handshake. */
function connect(server: TestServer): Promise<WebSocketWireClient> {
  return WebSocketWireClient.connect(server.endpoint('websocket').replace('EIO=4', 'EIO=3'));
}

describe('a client of Engine.IO 3', () => {
  it('is in the main namespace without asking, under the id of its session', async () => {
    await using server = await startTestServer(undefined, options);
    const connected = next(server.io, 'connection');
    await using client = await connect(server);
    expect(await client.next()).toBe('40');
    const [socket] = await connected;
    expect(socket).toMatchObject({ id: client.sid, connected: true });
  });

  it('joins another namespace with a query, which stands in the place of auth', async () => {
    await using server = await startTestServer((io) => io.of('/nsp'), options);
    await using client = await connect(server);
    expect(await client.next()).toBe('40');
    const connected = next(server.io.of('/nsp'), 'connection');
    client.send('40/nsp?token=abc&more=1');
    expect(await client.next()).toBe('40/nsp,');
    const [socket] = await connected;
    expect(socket).toMatchObject({
      id: `/nsp#${client.sid}`,
      handshake: { auth: { token: 'abc', more: '1' } },
    });
  });

  it.each([
    ['the text alone', undefined, '44"not authorized"'],
    ['the data in its stead', { code: 7 }, '44{"code":7}'],
  ])('is refused by a middleware with %s', async (_what, data, refusal) => {
    await using server = await startTestServer((io) => {
      io.use((_socket, pass) => pass(Object.assign(new Error('not authorized'), data && { data })));
    }, options);
    await using client = await connect(server);
    expect(await client.next()).toBe(refusal);
  });

  it('is blamed for no refusal in the main namespace but one that it asks for itself', async () => {
    await using server = await startTestServer(
      (io) => {
        io.use((_socket, pass) => pass(new Error('closed')));
        io.of('/nsp');
      },
      { ...options, maxFailedConnects: 2 },
    );
    await using client = await connect(server);
    expect(await client.next()).toBe('44"closed"');
    client.send('40');
    expect(await client.next()).toBe('44"closed"');
    expect(server.io.engine.limits.counts.get('maxFailedConnects')).toBe(0);
    client.send('40');
    expect(await client.next()).toBe('44"closed"');
    await client.closed;
    expect(server.io.engine.limits.counts.get('maxFailedConnects')).toBe(1);
  });

  it('is told of a namespace that there is not, and goes on', async () => {
    await using server = await startTestServer(undefined, options);
    await using client = await connect(server);
    expect(await client.next()).toBe('40');
    client.send('40/nowhere');
    expect(await client.next()).toBe('44/nowhere,"Invalid namespace"');
    server.io.emit('still here');
    expect(await client.next()).toBe('42["still here"]');
  });
});
