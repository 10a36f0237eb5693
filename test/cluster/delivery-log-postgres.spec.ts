import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { postgresAdapter, type PostgresAdapterOptions } from '../../lib/cluster/postgres/index.js';
import { keyOfStream } from '../../lib/cluster/stream-key.js';
import { describeDeliveryLog } from '../contract/delivery-log.contract.js';
import { eventually } from '../interop/published-adapters/cluster.js';
import { Reroute } from '../interop/published-adapters/reroute.js';
import { debian, describeWith } from '../support/debian.js';
import { startPostgres, type Postgres } from '../support/postgres.js';
import { BareNodes, type BareNode } from './bare-nodes.js';
import { openLog, storeOver } from './delivery-logs.js';

const unknown = { epoch: 0, number: 0 };

describeWith([debian.postgres], 'the logs that PostgreSQL keeps', () => {
  let postgres: Postgres;
  let connection: { host: string; port: number; user: string };
  let pool: pg.Pool;
  const nodes = new BareNodes();
  const closing: (() => unknown)[] = [];
  jest.setTimeout(60_000);

  beforeAll(async () => {
    postgres = await startPostgres();
    connection = { host: '127.0.0.1', port: postgres.port, user: 'postgres' };
    pool = new pg.Pool({ ...connection, max: 4 });
    pool.on('error', () => {});
  }, 60_000);

  afterEach(async () => {
    await nodes.close();
    for (const close of closing.splice(0)) await close();
  });

  afterAll(async () => {
    await pool?.end();
    await postgres?.stop();
  });

  let prefixes = 0;
  /** Stores of one test have nothing of another. */
  const ownPrefix = (): string => `test${prefixes++}`;
  const start = (options: PostgresAdapterOptions): Promise<BareNode> => nodes.start(postgresAdapter(options));

  for (const recovery of [false, true]) {
    for (const count of [1, 2] as const) {
      describeDeliveryLog(`postgresAdapter()${recovery ? ', recovery' : ''}`, count, () => {
        const channelPrefix = ownPrefix();
        return storeOver(() => postgresAdapter({ connection, channelPrefix, recovery }));
      });
    }
  }

  it('rejects within its time while PostgreSQL is away, and works when it is back', async () => {
    const reroute = await Reroute.start();
    closing.push(() => reroute.stop());
    reroute.lead(`http://127.0.0.1:${postgres.port}`);
    const { adapter } = await start({
      connection: { ...connection, port: Number(new URL(reroute.url).port) },
      channelPrefix: ownPrefix(),
      connectTimeout: 500,
    });
    const log = openLog(adapter);
    const first = await log.append('r', ['news', 1]);
    reroute.cut();
    await eventually('it is noticed', async () => !adapter.health.isUp);
    for (const asked of [log.append('r', ['news', 'lost']), log.heads(['r']), log.read('r', unknown, 10)]) {
      await expect(asked).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
    }
    reroute.lead(`http://127.0.0.1:${postgres.port}`);
    const next = await eventually('it keeps again', () => log.append('r', ['news', 2]).catch(() => undefined));
    expect(next).toEqual({ ...first, number: 2 });
    expect((await log.read('r', unknown, 10)).messages.map(({ data }) => data[1])).toEqual([1, 2]);
    await log.close();
  });

  it('lets nobody wait for more than there may be', async () => {
    const reroute = await Reroute.start();
    closing.push(() => reroute.stop());
    reroute.lead(`http://127.0.0.1:${postgres.port}`);
    const port = Number(new URL(reroute.url).port);
    const options = { connection: { ...connection, port }, channelPrefix: ownPrefix(), maxWaiting: 3 };
    const { adapter } = await start({ ...options, connectTimeout: 300 });
    const log = openLog(adapter);
    await log.append('r', ['news', 1]);
    reroute.freeze();
    const settled: string[] = [];
    await Promise.all(
      ['a', 'b', 'c', 'too many'].map((value) =>
        log.append('r', ['news', value]).catch(() => void settled.push(value)),
      ),
    );
    expect([settled[0], [...settled].sort()]).toEqual(['too many', ['a', 'b', 'c', 'too many']]);
    reroute.resume();
    await eventually('it keeps again', () => log.append('r', ['news', 2]).catch(() => undefined));
    await log.close();
  });

  it('skips and counts what cannot be read, and tells the hole by the numbers', async () => {
    const { adapter } = await start({ connection, channelPrefix: ownPrefix() });
    const log = openLog(adapter);
    for (let value = 1; value <= 5; value++) await log.append('r', ['news', value]);
    const garbage = [Buffer.from('garbage'), Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff]), Buffer.alloc(0)];
    for (const [index, payload] of garbage.entries()) {
      await pool.query('UPDATE socket_io_deliveries SET payload = $1 WHERE stream = $2 AND number = $3', [
        payload,
        keyOfStream('r'),
        index + 2,
      ]);
    }
    const { head, messages } = await log.read('r', unknown, 2);
    expect(messages.map(({ number }) => number)).toEqual([1]);
    const behind = await log.read('r', { ...head, number: 1 }, 2);
    expect(behind.messages).toEqual([{ number: 5, data: ['news', 5] }]);
    expect(adapter.health.malformedMessages).toBeGreaterThanOrEqual(3);
    await log.close();
  });

  it('makes its tables when somebody needs them, and again when they are gone', async () => {
    const tablePrefix = ownPrefix();
    const { adapter } = await start({ connection, deliveryLog: { tablePrefix }, channelPrefix: ownPrefix() });
    const tables = async (): Promise<unknown[]> => {
      const text = 'SELECT tablename FROM pg_tables WHERE starts_with(tablename, $1) ORDER BY tablename';
      return (await pool.query(text, [`${tablePrefix}_`])).rows.map(({ tablename }) => tablename as unknown);
    };
    const log = openLog(adapter);
    expect(await tables()).toEqual([]);
    expect(await log.heads(['r'])).toEqual([unknown]);
    expect(await tables()).toEqual([`${tablePrefix}_deliveries`, `${tablePrefix}_streams`]);
    await pool.query(`DROP TABLE ${tablePrefix}_deliveries, ${tablePrefix}_streams`);
    await expect(log.append('r', ['news'])).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
    expect((await log.append('r', ['news'])).number).toBe(1);
    await log.close();
  });

  it('makes its tables once, however many nodes need them at the same time', async () => {
    for (let round = 0; round < 5; round++) {
      const options = { connection, deliveryLog: { tablePrefix: ownPrefix() }, channelPrefix: ownPrefix() };
      const started = await Promise.all(Array.from({ length: 4 }, () => start(options)));
      const logs = started.map(({ adapter }) => openLog(adapter));
      const offsets = await Promise.all(logs.map((log) => log.append('r', ['news'])));
      expect(offsets.map(({ number }) => number).sort()).toEqual([1, 2, 3, 4]);
      await Promise.all(logs.map((log) => log.close()));
    }
  });

  it('does not lock itself up where nodes write to many streams at once, each in its order', async () => {
    const options = { connection, channelPrefix: ownPrefix() };
    const [one, other] = [await start(options), await start(options)].map(({ adapter }) => openLog(adapter));
    const streams = Array.from({ length: 500 }, (_, n) => `r${n}`);
    for (let round = 1; round <= 5; round++) {
      const offsets = await Promise.all([
        ...streams.map((stream) => one!.append(stream, ['news'])),
        ...streams.toReversed().map((stream) => other!.append(stream, ['news'])),
      ]);
      expect(Math.max(...offsets.map(({ number }) => number))).toBe(2 * round);
    }
    expect((await one!.heads(streams)).every(({ number }) => number === 10)).toBe(true);
    await Promise.all([one!.close(), other!.close()]);
  });

  it('cleans its tables of what is too old, of other namespaces too', async () => {
    const options = { connection, channelPrefix: ownPrefix() };
    const count = async (table: string): Promise<number> => {
      const text = `SELECT count(*)::int AS count FROM socket_io_${table} WHERE channel LIKE $1`;
      return ((await pool.query(text, [`${options.channelPrefix}#%`])).rows[0] as { count: number }).count;
    };
    const gone = await nodes.start(postgresAdapter(options), { name: '/gone' });
    const first = openLog(gone.adapter, { maxAge: 200 });
    await first.append('r', ['news']);
    await first.close();
    await gone.adapter.close();
    const there = await start({ ...options, cleanupInterval: 50 });
    const log = openLog(there.adapter);
    await log.append('r', ['news']);
    await eventually('it is clean', async () => (await count('deliveries')) === 1 && (await count('streams')) === 1);
    expect((await log.read('r', unknown, 10)).messages).toHaveLength(1);
    await log.close();
  });

  it('names an option that cannot work', () => {
    const create = (): unknown => postgresAdapter({ connection, deliveryLog: { tablePrefix: 'a; DROP' } });
    expect(create).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(create).toThrow('deliveryLog.tablePrefix');
  });
});
