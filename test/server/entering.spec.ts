import { describe, expect, it } from '@jest/globals';
import { InMemoryAdapter, type AdapterHost, type Room, type SocketId } from '../../lib/adapter/index.js';
import { startTestServer, type TestServer, type WireClient } from '../../lib/testing/index.js';
import { deferred } from '../support/waiting.js';

/** An adapter whose bus has to be told of each room. */
class SlowAdapter extends InMemoryAdapter {
  readonly asked = deferred<SocketId>();
  readonly told = deferred<void>();

  override addAll(id: SocketId, rooms: Set<Room>): Promise<void> {
    super.addAll(id, rooms);
    this.asked.resolve(id);
    return this.told.promise;
  }
}

interface Entering {
  readonly server: TestServer;
  readonly adapter: SlowAdapter;
  readonly client: WireClient;
  readonly id: SocketId;
}

/** A client whose rooms the bus has not been told of yet. */
async function entering(): Promise<Entering> {
  const server = await startTestServer(undefined, { adapter: (nsp: AdapterHost) => new SlowAdapter(nsp) });
  const adapter = server.io.of('/').adapter as SlowAdapter;
  const client = await server.connect();
  client.send('40');
  return { server, adapter, client, id: await adapter.asked.promise };
}

describe('a client that comes in, with an adapter that takes its time to join', () => {
  it('is told that it is connected once other nodes reach it', async () => {
    const { server, adapter, client, id } = await entering();
    await using _ = server;
    server.io.emit('too early');
    expect(server.io.sockets.sockets.size).toBe(0);
    adapter.told.resolve();
    expect(await client.next()).toContain(`40{"sid":"${id}"`);
    server.io.to(id).emit('hello');
    expect(await client.next()).toBe('42["hello"]');
  });

  it('leaves nothing behind when it goes away meanwhile', async () => {
    const { server, adapter, client, id } = await entering();
    await using _ = server;
    const left = new Promise((resolve) => adapter.once('delete-room', resolve));
    let connections = 0;
    server.io.on('connection', () => void connections++);
    await client.close();
    expect(await left).toBe(id);
    adapter.told.resolve();
    await new Promise(setImmediate);
    expect([connections, server.io.sockets.sockets.size, adapter.sids.size]).toEqual([0, 0, 0]);
  });

  it('comes in all the same when joining fails, and the application is told', async () => {
    const errors: unknown[] = [];
    const adapters: SlowAdapter[] = [];
    await using server = await startTestServer(undefined, {
      onError: (error, { event }) => void errors.push([event, error]),
      adapter: (nsp: AdapterHost) => {
        adapters.push(new SlowAdapter(nsp));
        return adapters.at(-1)!;
      },
    });
    const client = await server.connect();
    client.send('40');
    await adapters[0]!.asked.promise;
    const error = new Error('no bus');
    adapters[0]!.told.reject(error);
    expect(await client.next()).toContain('40{"sid"');
    expect(errors).toEqual([['join', error]]);
  });
});
