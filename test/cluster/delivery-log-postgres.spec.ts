import { expect, it } from '@jest/globals';
import { postgresAdapter } from '../../lib/cluster/postgres/index.js';
import { keyOfStream } from '../../lib/cluster/stream-key.js';
import { describeDeliveryLog } from '../contract/delivery-log.contract.js';
import { eventually } from '../interop/published-adapters/cluster.js';
import { debian, describeWith } from '../support/debian.js';
import { openLog, storeOver } from './delivery-logs.js';
import { describeDeliveryOutage } from './delivery-outage.contract.js';
import { OnPostgres } from './on-postgres.js';

const unknown = { epoch: 0, number: 0 };

describeWith([debian.postgres], 'the logs that PostgreSQL keeps', () => {
  const stage = new OnPostgres();
  const { nodes, ownPrefix, start } = stage;

  for (const recovery of [false, true]) {
    for (const count of [1, 2] as const) {
      describeDeliveryLog(`postgresAdapter()${recovery ? ', recovery' : ''}`, count, () => {
        const channelPrefix = ownPrefix();
        return storeOver(() => postgresAdapter({ connection: stage.connection, channelPrefix, recovery }));
      });
    }
  }

  describeDeliveryOutage('PostgreSQL', async (options) => {
    const { reroute, port, lead } = await stage.viaReroute();
    const node = await start({ connection: { ...stage.connection, port }, channelPrefix: ownPrefix(), ...options });
    return { node, reroute, lead };
  });

  it('skips and counts what cannot be read, and tells the hole by the numbers', async () => {
    const { adapter } = await start({ connection: stage.connection, channelPrefix: ownPrefix() });
    const log = openLog(adapter);
    for (let value = 1; value <= 5; value++) await log.append('r', ['news', value]);
    const garbage = [Buffer.from('garbage'), Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff]), Buffer.alloc(0)];
    for (const [index, payload] of garbage.entries()) {
      await stage.pool.query('UPDATE socket_io_deliveries SET payload = $1 WHERE stream = $2 AND number = $3', [
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
    const { adapter } = await start({
      connection: stage.connection,
      deliveryLog: { tablePrefix },
      channelPrefix: ownPrefix(),
    });
    const tables = async (): Promise<unknown[]> => {
      const text = 'SELECT tablename FROM pg_tables WHERE starts_with(tablename, $1) ORDER BY tablename';
      return (await stage.pool.query(text, [`${tablePrefix}_`])).rows.map(({ tablename }) => tablename as unknown);
    };
    const log = openLog(adapter);
    expect(await tables()).toEqual([]);
    expect(await log.heads(['r'])).toEqual([unknown]);
    expect(await tables()).toEqual([`${tablePrefix}_deliveries`, `${tablePrefix}_streams`]);
    await stage.pool.query(`DROP TABLE ${tablePrefix}_deliveries, ${tablePrefix}_streams`);
    await expect(log.append('r', ['news'])).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
    expect((await log.append('r', ['news'])).number).toBe(1);
    await log.close();
  });

  it('makes its tables once, however many nodes need them at the same time', async () => {
    for (let round = 0; round < 5; round++) {
      const options = {
        connection: stage.connection,
        deliveryLog: { tablePrefix: ownPrefix() },
        channelPrefix: ownPrefix(),
      };
      const started = await Promise.all(Array.from({ length: 4 }, () => start(options)));
      const logs = started.map(({ adapter }) => openLog(adapter));
      const offsets = await Promise.all(logs.map((log) => log.append('r', ['news'])));
      expect(offsets.map(({ number }) => number).sort()).toEqual([1, 2, 3, 4]);
      await Promise.all(logs.map((log) => log.close()));
    }
  });

  it('does not lock itself up where nodes write to many streams at once, each in its order', async () => {
    const options = { connection: stage.connection, channelPrefix: ownPrefix() };
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
    const options = { connection: stage.connection, channelPrefix: ownPrefix() };
    const count = async (table: string): Promise<number> => {
      const text = `SELECT count(*)::int AS count FROM socket_io_${table} WHERE channel LIKE $1`;
      return ((await stage.pool.query(text, [`${options.channelPrefix}#%`])).rows[0] as { count: number }).count;
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
    const create = (): unknown =>
      postgresAdapter({ connection: stage.connection, deliveryLog: { tablePrefix: 'a; DROP' } });
    expect(create).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(create).toThrow('deliveryLog.tablePrefix');
  });
});
