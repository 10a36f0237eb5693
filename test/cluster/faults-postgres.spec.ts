import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import type { RecoveringClusterAdapter } from '../../lib/adapter/index.js';
import { postgresAdapter, type PostgresAdapterOptions } from '../../lib/cluster/postgres/index.js';
import { postgresBroker } from '../interop/published-adapters/cluster-node.js';
import { eventually } from '../interop/published-adapters/cluster.js';
import { debian, describeWith } from '../support/debian.js';
import { event, to, type BareNode } from './bare-nodes.js';
import { describeFaultyNodes } from './faulty-nodes.contract.js';
import { OnPostgres } from './on-postgres.js';

describeFaultyNodes('postgresAdapter with faulty nodes', {
  broker: postgresBroker,
  adapter: 'own postgres',
  nodes: ['rookery', 'rookery'],
});

describeFaultyNodes('postgresAdapter with recovery and faulty nodes', {
  broker: postgresBroker,
  adapter: 'own postgres (recovery)',
  nodes: ['rookery', 'rookery'],
});

describeWith([debian.postgres], 'postgresAdapter, when things go wrong', () => {
  const stage = new OnPostgres({ requestsTimeout: 500 });
  const { nodes, closing, ownPrefix, start, viaReroute } = stage;

  /** Sends numbers for as long as it takes, and so many of them. */
  const sendFor = async (node: BareNode, count: number, duration: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      node.adapter.broadcast(event(n), to('red'));
      await new Promise((resolve) => {
        setTimeout(resolve, duration / count);
      });
    }
  };
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
  const connections = async (name: string): Promise<number> => {
    const text = 'SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = $1';
    return ((await stage.pool.query(text, [name])).rows[0] as { count: number }).count;
  };

  const kinds: [name: string, recovery: boolean][] = [
    ['over notifications', false],
    ['with recovery', true],
  ];

  describe.each(kinds)('%s', (_name, recovery) => {
    it('keeps the order of small, large and binary messages, of joins and of those that are the same', async () => {
      const channelPrefix = ownPrefix();
      const options = { connection: stage.connection, channelPrefix, recovery };
      const [one, other] = [await start(options), await start(options)];
      await nodes.meet(one, other);
      await other.add('b');
      const expected: string[] = [];
      const large = 'x'.repeat(10_000);
      for (let n = 0; n < 20; n++) {
        one.adapter.addSockets(to('b'), [`room ${n}`]);
        for (let m = 0; m < 6; m++) {
          const more = [[], [large], [Buffer.from([m])]][m % 3]!;
          one.adapter.broadcast(event(`${n}`, ...more), to(`room ${n}`));
          expected.push(`${n}`);
          if (m === 2) await new Promise(setImmediate);
        }
        one.adapter.delSockets(to('b'), [`room ${n}`]);
      }
      for (let n = 0; n < 3; n++) one.adapter.broadcast(event('same'), to('b'));
      expected.push('same', 'same', 'same');
      await eventually('all have come', async () => other.delivered.length >= expected.length);
      expect(other.delivered).toEqual(expected);
    });

    it('drops what is no message', async () => {
      const channelPrefix = ownPrefix();
      const options = { connection: stage.connection, channelPrefix, recovery };
      const node = await start(options);
      await node.add('a', 'red');
      const json = (value: unknown): string =>
        (JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? 1 : each)) ?? '{').replaceAll(
          '\\u0000',
          '',
        );
      const garbage = fc.oneof(
        fc.string().filter((text) => !text.includes('\0')),
        fc.json().map((text) => text.replaceAll('\\u0000', '')),
        fc
          .record({ uid: fc.string(), type: fc.integer({ min: -1, max: 14 }), data: fc.anything() })
          .map((value) => json(value)),
        fc.constantFrom(
          '{"uid":"x","type":3,"attachmentId":"no"}',
          '{"uid":"x","type":3,"attachmentId":"123456"}',
          '{"uid":"x","type":3,"data":null}',
          '{"uid":"x","log":"1"}',
          '{"uid":"x","log":7}',
          'null',
        ),
      );
      await fc.assert(
        fc.asyncProperty(garbage, async (text) => {
          await stage.pool.query('SELECT pg_notify($1, $2)', [`${channelPrefix}#/`, Buffer.from(text).toString()]);
        }),
        { numRuns: 300 },
      );
      await stage.pool.query(
        `WITH attachment AS (INSERT INTO socket_io_attachments (payload) VALUES ('\\xc1') RETURNING id)
         SELECT pg_notify($1, json_build_object('uid', 'x', 'type', 3, 'attachmentId', id)::text) FROM attachment`,
        [`${channelPrefix}#/`],
      );
      await eventually('it is counted', async () => node.adapter.health.malformedMessages > 50);
      const other = await start(options);
      await eventually('they know each other', async () => other.adapter.nodes.includes(node.adapter.nodeId));
      other.adapter.broadcast(event('well'), to('red'));
      await eventually('it goes on', async () => node.delivered.includes('well'));
      expect(node.errors).toEqual([]);
    });

    it('says within its time that PostgreSQL is not there, and works when it comes', async () => {
      const { reroute, port, lead } = await viaReroute();
      reroute.cut();
      const options = { channelPrefix: ownPrefix(), recovery };
      const there = await start({ connection: stage.connection, ...options });
      let late!: BareNode;
      const starting = nodes.start((host) => {
        const away = { ...stage.connection, port };
        const adapter = postgresAdapter({ connection: away, ...options, connectTimeout: 300 })(host);
        late = { adapter, delivered: [], errors: [], add: async () => {} };
        return adapter;
      });
      await expect(starting).rejects.toMatchObject({
        code: 'CLUSTER_UNREACHABLE',
        message: expect.stringMatching(/^PostgreSQL did not answer in 300 ms: /),
      });
      lead();
      await there.add('a', 'red');
      await eventually('it has come', async () => {
        late.adapter.broadcast(event('hello'), to('red'));
        return there.delivered.includes('hello');
      });
    });

    it('closes what it opened, after the last namespace', async () => {
      const channelPrefix = ownPrefix();
      const named = { ...stage.connection, application_name: channelPrefix };
      const create = postgresAdapter({ connection: named, channelPrefix, recovery });
      const [one, other] = [await nodes.start(create, { name: '/' }), await nodes.start(create, { name: '/chat' })];
      expect(await connections(channelPrefix)).toBe(1);
      await one.adapter.close();
      expect(await connections(channelPrefix)).toBe(1);
      await other.adapter.close();
      await eventually('it is closed', async () => (await connections(channelPrefix)) === 0);
    });

    it('serves two servers of one process', async () => {
      const create = postgresAdapter({ connection: stage.connection, channelPrefix: ownPrefix(), recovery });
      const [one, other, third] = [await nodes.start(create), await nodes.start(create), await nodes.start(create)];
      await nodes.meet(one, other, third);
      await third.adapter.close();
      await other.add('b', 'red');
      one.adapter.broadcast(event('news'), to('red'));
      await eventually('it has come', async () => other.delivered.includes('news'));
    });

    it('gives back the connection of a pool that it was given, which hears no more', async () => {
      const given = new pg.Pool({ ...stage.connection, max: 1 });
      closing.push(() => given.end());
      const node = await start({ pool: given, channelPrefix: ownPrefix(), recovery });
      await node.adapter.close();
      expect(given.idleCount).toBe(1);
      expect((await given.query('SELECT pg_listening_channels()')).rows).toEqual([]);
    });

    it('goes on when PostgreSQL is started again', async () => {
      const options = { connection: stage.connection, channelPrefix: ownPrefix(), recovery };
      const [one, other] = [await start(options), await start(options)];
      await nodes.meet(one, other);
      await other.add('b', 'red');
      await stage.postgres.restart();
      await eventually('it has gone on', async () => {
        one.adapter.broadcast(event('again'), to('red'));
        return other.delivered.includes('again');
      });
      await eventually('it is healthy', async () => one.adapter.health.isUp);
    });
  });

  // One that hangs has to be noticed first.
  it.each([
    ['cut', 3_000],
    ['freeze', 10_000],
  ] as const)('loses nothing with recovery while it is away for seconds: %s', async (how, duration) => {
    const { reroute, port, lead } = await viaReroute();
    const options = { channelPrefix: ownPrefix(), recovery: true };
    const [away, there] = [
      await start({ connection: { ...stage.connection, port }, ...options }),
      await start({ connection: stage.connection, ...options }),
    ];
    await nodes.meet(away, there);
    await away.add('a', 'red');
    await there.add('b', 'red');
    reroute[how]();
    const count = 500;
    await Promise.all([sendFor(away, count, duration), sendFor(there, count, duration)]);
    // Local clients do not wait.
    expect(away.delivered.slice(0, count)).toEqual(numbers(count));
    lead();
    reroute.resume();
    await eventually('all have come', async () => there.delivered.length + away.delivered.length >= 4 * count);
    for (const { delivered } of [away, there]) expect(delivered).toEqual([...numbers(count), ...numbers(count)]);
    expect([away.adapter.health.failedPublishes, there.adapter.health.failedPublishes]).toEqual([0, 0]);
  });

  it.each([
    ['cut', 2_000],
    ['freeze', 5_000],
  ] as const)('counts what may be lost without recovery: %s', async (how, duration) => {
    const { reroute, port, lead } = await viaReroute();
    const channelPrefix = ownPrefix();
    const [away, there] = [
      await start({ connection: { ...stage.connection, port }, channelPrefix, maxWaiting: 100, connectTimeout: 1_000 }),
      await start({ connection: stage.connection, channelPrefix }),
    ];
    await nodes.meet(away, there);
    await away.add('a', 'red');
    await there.add('b', 'red');
    reroute[how]();
    const count = 500;
    await sendFor(away, count, duration);
    expect(away.delivered).toEqual(numbers(count));
    lead();
    reroute.resume();
    await eventually('they reach each other again', async () => {
      away.adapter.broadcast(event('back'), to('red'));
      return there.delivered.includes('back');
    });
    const came = there.delivered.filter((each) => typeof each === 'number');
    const { failedPublishes } = away.adapter.health;
    expect(failedPublishes).toBeGreaterThanOrEqual(count - came.length);
    // No more than maxWaiting have waited for it.
    expect(failedPublishes).toBeGreaterThan(count / 4);
    expect(failedPublishes).toBeLessThan(count);
    expect(away.errors.length).toBeGreaterThan(0);
    // What a connection has taken that was given up may come after all.
    if (how === 'cut') expect(came).toEqual([...came].sort((one, other) => (one as number) - (other as number)));
  });

  it('gives a session to one of those who ask for it, and only once', async () => {
    const options = { connection: stage.connection, channelPrefix: ownPrefix(), recovery: true };
    const [one, other] = [await start(options), await start(options)];
    await one.add('a', 'red');
    const recovering = [one, other].map(({ adapter }) => adapter as RecoveringClusterAdapter);
    one.adapter.broadcast(event(1), to('red'));
    await eventually('it is kept', async () => one.adapter.health.isUp && one.delivered.length === 1);
    const pids = Array.from({ length: 20 }, (_, n) => `pid ${n}.*>`);
    const data = { name: 'zwölf', bytes: Buffer.from([1]) };
    for (const pid of pids) await recovering[0]!.persistSession({ sid: `s ${pid}`, pid, rooms: ['red'], data });
    const offset = (recovering[0] as unknown as { link: { log: { start: string } } }).link.log.start;
    for (const pid of pids) {
      const taken = await Promise.all(recovering.map((adapter) => adapter.restoreSession(pid, offset)));
      const restored = taken.filter((session) => session !== null);
      expect(restored).toHaveLength(1);
      expect(restored[0]).toMatchObject({ sid: `s ${pid}`, pid, rooms: ['red'], data });
    }
    expect(await recovering[1]!.restoreSession('*', offset)).toBeNull();
    expect(await recovering[1]!.restoreSession('x'.repeat(1_000), offset)).toBeNull();
  });

  it('restores from a table in which garbage stands, and nothing from garbage', async () => {
    const channelPrefix = ownPrefix();
    const node = await start({ connection: stage.connection, channelPrefix, recovery: true });
    const adapter = node.adapter as RecoveringClusterAdapter;
    const { encode } = await import('notepack.io').then(({ default: notepack }) => notepack);
    const channel = `${channelPrefix}#/`;
    const position = (adapter as unknown as { link: { log: { start: string } } }).link.log.start;
    const garbage = [null, 1, 'x', [], {}, { type: 3 }, { type: 3, data: null }, { type: 3, data: { packet: 1 } }];
    const payloads = [Buffer.from([0xc1]), ...garbage.map((each) => encode(each) as Buffer)];
    for (const [number, payload] of payloads.entries()) {
      await stage.pool.query(
        `WITH place AS (UPDATE socket_io_positions SET last = last + 1 WHERE channel = $1 RETURNING last)
         INSERT INTO socket_io_messages (channel, id, uid, number, type, payload)
         SELECT $1, last, 'other', $2, 3, $3 FROM place`,
        [channel, number + 1, payload],
      );
    }
    adapter.broadcast(event('well'), to());
    await eventually('it is counted', async () => adapter.health.malformedMessages === payloads.length);
    const sessions = [
      null,
      1,
      {},
      { sid: 's' },
      { sid: 's', pid: 'p', rooms: 5 },
      { sid: 's', pid: 'p', rooms: [], seen: 1 },
    ];
    for (const each of [Buffer.from([0xc1]), ...sessions.map((session) => encode(session) as Buffer)]) {
      await stage.pool.query('INSERT INTO socket_io_sessions (channel, pid, payload) VALUES ($1, $2, $3)', [
        channel,
        'bad',
        each,
      ]);
      expect(await adapter.restoreSession('bad', position)).toBeNull();
    }
    await adapter.persistSession({ sid: 'sid', pid: 'pid', rooms: [], data: {} });
    const restored = await adapter.restoreSession('pid', position);
    expect(restored?.missedPackets.map(([, name]) => name)).toEqual(['well']);
    expect(node.errors).toEqual([]);
  });

  it('puts into the table what is longer than it is told', async () => {
    const options = { connection: stage.connection, channelPrefix: ownPrefix(), tableName: 'long_attachments' };
    const [one, other] = [await start({ ...options, payloadThreshold: 500 }), await start(options)];
    await nodes.meet(one, other);
    await other.add('b', 'red');
    one.adapter.broadcast(event('x'.repeat(600)), to('red'));
    other.adapter.broadcast(event('x'.repeat(600)), to('red'));
    await eventually('it has come', async () => other.delivered.length === 2);
    expect(Number((await stage.pool.query('SELECT count(*) FROM long_attachments')).rows[0].count)).toBe(1);
  });

  it('cleans its tables', async () => {
    const options = { connection: stage.connection, channelPrefix: ownPrefix(), cleanupInterval: 200 };
    const recovery = { maxAge: 100, tablePrefix: 'cleaned' };
    const node = await start({ ...options, tableName: 'cleaned_attachments', recovery });
    const plain = await start({ ...options, tableName: 'cleaned_attachments' });
    plain.adapter.broadcast(event(Buffer.from([1])), to());
    node.adapter.broadcast(event(1), to());
    const session = { sid: 'sid', pid: 'pid', rooms: [], data: {} };
    await (node.adapter as unknown as { persistSession(kept: object): Promise<void> }).persistSession(session);
    const rows = async (): Promise<number> => {
      const counts = ['cleaned_attachments', 'cleaned_messages', 'cleaned_sessions'].map(
        (table) => `(SELECT count(*) FROM ${table})`,
      );
      return Number((await stage.pool.query(`SELECT ${counts.join(' + ')} AS count`)).rows[0].count);
    };
    await eventually('they are empty', async () => (await rows()) === 0);
  });

  it('keeps no more messages than it is told', async () => {
    const recovery = { maxMessages: 10, tablePrefix: 'limited' };
    const node = await start({
      connection: stage.connection,
      channelPrefix: ownPrefix(),
      cleanupInterval: 200,
      recovery,
    });
    for (let n = 0; n < 50; n++) node.adapter.broadcast(event(n), to());
    const kept = async (): Promise<unknown> =>
      (await stage.pool.query('SELECT count(*) FROM limited_messages')).rows[0].count;
    const last = async (): Promise<unknown> =>
      (await stage.pool.query('SELECT max(id) FROM limited_messages')).rows[0].max;
    await eventually('they have all come', async () => Number(await last()) >= 50);
    await eventually('the oldest are gone', async () => Number(await kept()) <= 10);
  });

  it('hears published emitters, which do not say for which namespace', async () => {
    const channelPrefix = ownPrefix();
    const node = await start({ connection: stage.connection, channelPrefix });
    await node.add('a', 'red');
    const emit = (document: object): Promise<unknown> =>
      stage.pool.query('SELECT pg_notify($1, $2)', [
        `${channelPrefix}#/`,
        JSON.stringify({ uid: 'emitter', ...document }),
      ]);
    await emit({ type: 4, data: { opts: { rooms: ['red'], except: [] }, rooms: ['green'] } });
    const packet = { type: 2, data: ['event', 'news'], nsp: '/' };
    await emit({ type: 3, data: { packet, opts: { rooms: ['green'], except: [], flags: {} } } });
    await eventually('it has come', async () => node.delivered.includes('news'));
    expect(node.adapter.nodes).toEqual([]);
    expect(node.adapter.health.malformedMessages).toBe(0);
  });

  it('refuses a namespace whose channel PostgreSQL cannot name', async () => {
    const create = postgresAdapter({ connection: stage.connection });
    await expect(nodes.start(create, { name: `/${'x'.repeat(60)}` })).rejects.toMatchObject({
      code: 'INVALID_NAMESPACE',
    });
  });

  it.each([
    [{}, 'Pass postgresAdapter() a pool, or the connection options of one'],
    [{ pool: {} }, 'pool is none of pg'],
    [
      { connection: {}, tableName: 'a; DROP' },
      'tableName is the name of a table, with or without a schema, not "a; DROP"',
    ],
    [{ connection: {}, recovery: { tablePrefix: '' } }, 'recovery.tablePrefix is the name of a table'],
    [{ connection: {}, maxWaiting: 0 }, 'maxWaiting is a number above 0, not 0'],
    [{ connection: {}, cleanupInterval: 0 }, 'cleanupInterval is a number above 0, not 0'],
  ])('refuses %j', (options, message) => {
    expect(() => postgresAdapter(options as PostgresAdapterOptions)).toThrow(message);
  });
});
