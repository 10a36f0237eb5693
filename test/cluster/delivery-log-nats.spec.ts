import { expect, it } from '@jest/globals';
import { natsAdapter } from '../../lib/cluster/nats/index.js';
import { payloadOf } from '../../lib/cluster/nats/kept-delivery.js';
import { keyOfStream } from '../../lib/cluster/stream-key.js';
import { describeDeliveryLog } from '../contract/delivery-log.contract.js';
import { debian, describeWith } from '../support/debian.js';
import { openLog, storeOver } from './delivery-logs.js';
import { describeDeliveryOutage } from './delivery-outage.contract.js';
import { OnNats } from './on-nats.js';

const unknown = { epoch: 0, number: 0 };

describeWith([debian.nats], 'the logs that JetStream keeps', () => {
  const stage = new OnNats();
  const { ownPrefix, start } = stage;

  for (const recovery of [false, true]) {
    for (const count of [1, 2] as const) {
      describeDeliveryLog(`natsAdapter()${recovery ? ', recovery' : ''}`, count, () => {
        const prefix = ownPrefix();
        return storeOver(() =>
          natsAdapter({ servers: stage.servers, prefix, recovery, deliveryLog: { storage: 'memory' } }),
        );
      });
    }
  }

  describeDeliveryOutage('NATS', async (options) => {
    const { reroute, server, lead } = await stage.viaReroute();
    return { node: await start({ servers: server, prefix: ownPrefix(), ...options }), reroute, lead };
  });

  it('skips and counts what cannot be read, and tells the hole by the numbers', async () => {
    const prefix = ownPrefix();
    const { adapter } = await start({ servers: stage.servers, prefix });
    const log = openLog(adapter);
    const { epoch } = await log.append('r', ['news', 1]);
    const subject = `${prefix}.delivery.=2f.${keyOfStream('r')}`;
    await stage.connection.request(subject, payloadOf({ epoch, number: 2 }, Buffer.from('garbage')));
    await stage.connection.request(
      subject,
      payloadOf({ epoch, number: 3 }, Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff])),
    );
    expect(await log.append('r', ['news', 4])).toEqual({ epoch, number: 4 });
    const { head, messages } = await log.read('r', unknown, 2);
    expect([head, messages.map(({ number }) => number)]).toEqual([{ epoch, number: 4 }, [1]]);
    const behind = await log.read('r', { epoch, number: 1 }, 2);
    expect(behind.messages).toEqual([{ number: 4, data: ['news', 4] }]);
    expect(adapter.health.malformedMessages).toBeGreaterThanOrEqual(2);
    await log.close();
  });

  it('begins a stream anew behind what is no message', async () => {
    const prefix = ownPrefix();
    const { adapter } = await start({ servers: stage.servers, prefix });
    const log = openLog(adapter);
    const { epoch } = await log.append('r', ['news', 1]);
    await stage.connection.request(`${prefix}.delivery.=2f.${keyOfStream('r')}`, 'garbage');
    expect(await log.heads(['r'])).toEqual([unknown]);
    expect(await log.read('r', unknown, 10)).toEqual({ head: unknown, messages: [] });
    const next = await log.append('r', ['news', 2]);
    expect([next.number, next.epoch > epoch]).toEqual([1, true]);
    expect((await log.read('r', unknown, 10)).messages).toEqual([{ number: 1, data: ['news', 2] }]);
    await log.close();
  });

  it('finds messages among many of other streams', async () => {
    const { adapter } = await start({
      servers: stage.servers,
      prefix: ownPrefix(),
      deliveryLog: { storage: 'memory' },
    });
    const log = openLog(adapter);
    const others = (count: number): Promise<unknown> =>
      Promise.all(Array.from({ length: count }, (_, n) => log.append(`other ${n}`, ['news'])));
    await others(300);
    for (let value = 1; value <= 200; value++) {
      const { number } = await log.append('r', ['news', value]);
      if (number === 20 || number === 180) await others(500);
    }
    const { epoch } = (await log.heads(['r']))[0]!;
    for (const after of [0, 1, 19, 20, 21, 100, 150, 179, 180, 198, 199]) {
      const { messages } = await log.read('r', { epoch, number: after }, 3);
      const expected = [after + 1, after + 2, after + 3].filter((number) => number <= 200);
      expect(messages.map(({ number }) => number)).toEqual(expected);
    }
    for (const limit of [1, 7, 70, 1_000]) {
      const values: unknown[] = [];
      for (let after = 0; after < 200; after = values.length) {
        const { messages } = await log.read('r', { epoch, number: after }, limit);
        expect(messages).toHaveLength(Math.min(limit, 200 - after));
        values.push(...messages.map(({ data }) => data[1]));
      }
      expect(values).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    }
    await log.close();
  });

  it('names what does not fit, and what JetStream lacks', async () => {
    const { adapter } = await start({ servers: stage.servers, prefix: ownPrefix() });
    const log = openLog(adapter);
    await expect(log.append('r', ['news', 'x'.repeat(2_000_000)])).rejects.toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: expect.stringContaining('max_payload'),
    });
    const other = await start({
      servers: stage.servers,
      prefix: ownPrefix(),
      deliveryLog: { apiPrefix: '$JS.other.API' },
    });
    await expect(openLog(other.adapter).heads(['r'])).rejects.toThrow('needs JetStream');
    expect(() => natsAdapter({ servers: stage.servers, deliveryLog: { storage: 'tape' as 'file' } })).toThrow(
      'deliveryLog.storage',
    );
    await log.close();
  });
});
