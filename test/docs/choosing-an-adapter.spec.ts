import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import 'reflect-metadata';
import { canRecover, ClusterAdapter, type ClusterLink } from '../../lib/adapter/index.js';
import { Broadcaster, SocketIoHealthIndicator, SOCKET_IO_SERVER, type Server } from '../../lib/index.js';
import { eventually } from '../interop/published-adapters/cluster.js';
import { startApp, type TestApp } from '../nest/support.js';
import { next } from '../support/clients.js';
import { debian, describeWith } from '../support/debian.js';
import { startNats, type Nats } from '../support/nats.js';
import { startPostgres, type Postgres } from '../support/postgres.js';
import { startRedis, type Redis } from '../support/redis.js';

jest.setTimeout(60_000);

const guide = readFileSync('docs/choosing-an-adapter.md', 'utf8');

/** The rows of a table, by their first cell; other cells by the heads of their columns. */
function table(heading: string): Map<string, Record<string, string>> {
  const section = guide.slice(guide.indexOf(`\n## ${heading}\n`));
  const [head, , ...lines] = /(?:^\|.*\n)+/m.exec(section)![0].trim().split('\n').map(cellsOf);
  return new Map(
    lines.map((cells) => [
      cells[0]!.replaceAll('`', ''),
      Object.fromEntries(head!.map((name, index) => [name, cells[index]!])),
    ]),
  );
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
}

const long = 'x'.repeat(3_000_000);

describeWith([debian.redis, debian.nats, debian.postgres], 'the adapters of docs/choosing-an-adapter.md', () => {
  let redis: Redis;
  let nats: Nats;
  let postgres: Postgres;
  let examples: typeof import('./examples/adapters.js');
  const before = { ...process.env };

  beforeAll(async () => {
    [redis, nats, postgres] = await Promise.all([startRedis(), startNats(), startPostgres()]);
    process.env['REDIS_URL'] = `redis://127.0.0.1:${redis.port}`;
    process.env['NATS_SERVERS'] = `127.0.0.1:${nats.port}`;
    process.env['DATABASE_URL'] = `postgres://postgres@127.0.0.1:${postgres.port}/postgres`;
    examples = await import('./examples/adapters.js');
  }, 60_000);
  afterAll(async () => {
    process.env = before;
    await Promise.all([redis?.stop(), nats?.stop(), postgres?.stop()]);
  });

  /** Two applications, and a client of the second. */
  const startBoth = async (
    startOne: () => Promise<TestApp>,
    startOther: () => Promise<TestApp>,
    use: (one: TestApp, other: TestApp, client: Awaited<ReturnType<TestApp['clients']['connect']>>) => Promise<void>,
  ): Promise<void> => {
    await using one = await startOne();
    await using other = await startOther();
    const client = await other.clients.connect('/');
    const broadcaster = one.app.get(Broadcaster);
    let isThere = false;
    client.once('hello', () => (isThere = true));
    await eventually('they reach each other', async () => {
      broadcaster.emit('hello');
      return isThere;
    });
    await use(one, other, client);
  };

  it('are those of both tables, and of the example', () => {
    const names = ['in memory', ...Object.keys(examples.adapters)];
    expect([...table('What they promise').keys()]).toEqual(names);
    expect([...table('What they cost').keys()]).toEqual(names);
  });

  const overBuses = [...table('What they promise').keys()].filter((name) => !/memory|nodeCluster/.test(name));

  it.each(overBuses)('carry broadcasts, and are what the tables say: %s', async (name) => {
    const promise = table('What they promise').get(name)!;
    const cost = table('What they cost').get(name)!;
    const adapter = examples.adapters[name as keyof typeof examples.adapters];
    const start = () => startApp({ options: { adapter: adapter(), connectionStateRecovery: {} } });
    await startBoth(start, start, async (one, other, client) => {
      const own = one.app.get<Server>(SOCKET_IO_SERVER).of('/').adapter as unknown as ClusterAdapter;
      expect(own).toBeInstanceOf(ClusterAdapter);
      expect(canRecover(own)).toBe(promise['clients go on at another node'] === 'yes');
      const { link } = own as unknown as { link: ClusterLink };
      expect(link.findGone === undefined).toBe(promise['a node that dies, while it is asked'] === '10 s');
      const column = 'a message to one room, at nodes without a member';
      const isNotSent = name !== 'redisAdapter(), batched' && link.openRoom !== undefined;
      expect(cost[column] === 'not sent to them').toBe(isNotSent);

      expect(await other.app.get(SocketIoHealthIndicator).isHealthy()).toMatchObject({
        'socket.io': { status: 'up', servers: 2, failedPublishes: 0 },
      });
      const broadcaster = one.app.get(Broadcaster);
      if (cost['longest message']!.startsWith('1 MB')) {
        broadcaster.emit('long', long);
        await eventually('it is refused', async () => own.health.failedPublishes === 1);
      } else {
        const arrived = next(client, 'long');
        broadcaster.emit('long', long);
        expect(((await arrived)[0] as string).length).toBe(long.length);
        expect(own.health.failedPublishes).toBe(0);
      }
    });
  });

  it.each([
    ['ForRootModule', 'redisAdapter()'],
    ['ForRootAsyncModule', 'redisAdapter()'],
    ['InjectedClientModule', 'redisAdapter()'],
    ['RecoveringModule', 'redisStreamsAdapter()'],
  ] as const)('are set up in a module: %s', async (name, likewise) => {
    const other = examples.adapters[likewise]();
    const options = { adapter: other, connectionStateRecovery: {} };
    const empty = { module: class EmptyModule {} };
    await startBoth(
      () => startApp({ socketIo: empty, imports: [examples[name]] }),
      () => startApp({ options }),
      async (one) => {
        expect(await one.app.get(Broadcaster).fetchSockets()).toHaveLength(1);
        expect(one.app.get<Server>(SOCKET_IO_SERVER).of('/').canRecover).toBe(name === 'RecoveringModule');
      },
    );
  });

  it('have the times and sizes by default that are named', () => {
    const defaults = (file: string): Record<string, string> =>
      Object.fromEntries(
        [...readFileSync(file, 'utf8').matchAll(/@default ([\d_]+)(?:[^/]*)\*\/\n\s+(\w+)\?:/g)].map(
          ([, value, name]) => [name, value!.replaceAll('_', '')],
        ),
      );
    expect(defaults('lib/adapter/cluster-adapter.ts')).toMatchObject({
      heartbeatTimeout: '10000',
      requestsTimeout: '5000',
    });
    for (const folder of ['redis-common/connection-options', 'nats/options', 'postgres/options']) {
      expect(defaults(`lib/cluster/${folder}.ts`)).toMatchObject({ maxWaiting: '10000' });
    }
    expect(defaults('lib/cluster/redis-streams/options.ts')).toMatchObject({ maxLen: '10000' });
    for (const folder of ['nats', 'postgres']) {
      expect(defaults(`lib/cluster/${folder}/options.ts`)).toMatchObject({ maxAge: '120000', maxMessages: '100000' });
    }
    expect(defaults('lib/nest/socketio.options.ts')).toMatchObject({ adapterTimeout: '10000' });
  });
});
