import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { InMemoryAdapter } from '../../lib/adapter/index.js';
import { natsAdapter } from '../../lib/cluster/nats/index.js';
import { postgresAdapter } from '../../lib/cluster/postgres/index.js';
import { redisAdapter } from '../../lib/cluster/redis/index.js';
import { createEmitter, type Emitter } from '../../lib/emitter/index.js';
import type { ServerOptions } from '../../lib/server/index.js';
import { startTestServer, type TestServer } from '../../lib/testing/index.js';
import type { Daemon } from '../support/cluster-process.js';
import { Clients, next } from '../support/clients.js';
import { debian, describeWith } from '../support/debian.js';
import { startNats } from '../support/nats.js';
import { startPostgres } from '../support/postgres.js';
import { startRedis } from '../support/redis.js';

type Adapter = NonNullable<ServerOptions['adapter']>;
type Engine = Daemon & { readonly port: number };

const buses: [name: string, program: keyof typeof debian, () => Promise<Engine>, (port: number) => Adapter][] = [
  ['Redis', 'redis', startRedis, (port) => redisAdapter({ url: `redis://127.0.0.1:${port}` })],
  ['NATS', 'nats', startNats, (port) => natsAdapter({ servers: `127.0.0.1:${port}` })],
  [
    'PostgreSQL',
    'postgres',
    startPostgres,
    (port) => postgresAdapter({ connection: { host: '127.0.0.1', port, user: 'postgres' } }),
  ],
];

for (const [name, program, start, adapterOn] of buses) {
  describeWith([debian[program]], `an emitter over ${name}`, () => {
    let engine: Engine;
    let server: TestServer;
    let clients: Clients;
    let emitter: Emitter;

    beforeAll(async () => {
      engine = await start();
      server = await startTestServer((io) => io.of('/chat'), { adapter: adapterOn(engine.port) });
      await server.io.adaptersReady();
      emitter = await createEmitter({ adapter: adapterOn(engine.port) });
      clients = new Clients(() => server.url);
    }, 60_000);

    afterEach(() => clients.close());

    afterAll(async () => {
      await emitter.close();
      await server.close();
      await engine.stop();
    });

    it('reaches clients of servers, and rooms, with text and bytes', async () => {
      const client = await clients.connect();
      await server.io.sockets.sockets.get(client.id!)!.join('room');
      const told = next(client, 'news');
      emitter.to('elsewhere').emit('news', 'not for it');
      emitter.to('room').emit('news', 'text', Buffer.from([1, 2]));
      expect(await told).toEqual(['text', Buffer.from([1, 2])]);
    });

    it('gets the answers of clients', async () => {
      const client = await clients.connect();
      client.on('question', (ack: (answer: string) => void) => ack('answer'));
      expect(await emitter.timeout(5_000).emitWithAck('question')).toEqual(['answer']);
    });

    it('lists sockets, has them join and leave, and disconnects them', async () => {
      const client = await clients.connect();
      expect((await emitter.fetchSockets()).map(({ id }) => id)).toEqual([client.id]);
      emitter.socketsJoin('joined');
      const told = next(client, 'joined');
      emitter.to('joined').emit('joined');
      await told;
      const gone = next(client, 'disconnect');
      emitter.in('joined').disconnectSockets(true);
      await gone;
    });

    it('tells servers', async () => {
      const heard = new Promise((resolve) => {
        server.io.once('hello', (...args: unknown[]) => resolve(args));
      });
      emitter.serverSideEmit('hello', 1);
      expect(await heard).toEqual([1]);
    });
  });
}

describe('an emitter', () => {
  it('needs an adapter', async () => {
    await expect(createEmitter({} as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('fails when the bus does not answer in time, and lets go of it', async () => {
    const closed: string[] = [];
    class Silent extends InMemoryAdapter {
      override init(): Promise<void> {
        return new Promise(() => {});
      }
      override close(): void {
        closed.push(this.nsp.name);
      }
    }
    const started = createEmitter({ adapter: Silent, adapterTimeout: 20 });
    await expect(started).rejects.toMatchObject({ code: 'ADAPTER_FAILED' });
    expect(closed).toEqual(['/']);
  });

  it('ends with the block that made it', async () => {
    const closed: string[] = [];
    class Watched extends InMemoryAdapter {
      override close(): void {
        closed.push(this.nsp.name);
      }
    }
    {
      await using emitter = await createEmitter({ adapter: Watched });
      emitter.of('/chat').emit('to nobody');
    }
    expect(closed.sort()).toEqual(['/', '/chat']);
  });
});
