import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Clients, next, transportLists } from '../support/clients.js';
import { startSample, type SampleProcess } from '../support/sample-process.js';

describe('the orders', () => {
  let sample: SampleProcess;
  let clients: Clients;

  beforeAll(async () => {
    sample = await startSample('acks-and-rooms');
    clients = new Clients(() => sample.url);
  });
  afterEach(() => clients.close());
  afterAll(async () => {
    await sample.stop();
  });

  it.each(transportLists)('go to the kitchen and come back to the table over %s', async (_name, transports) => {
    const kitchen = await clients.connect('/orders', { transports, auth: { role: 'staff' } });
    kitchen.on('cook', (_order: unknown, answer: (minutes: number) => void) => answer(12));
    const table = await clients.connect('/orders', { transports, auth: { table: 4 } });
    const { data } = (await table.emitWithAck('order', '4', 'soup')) as {
      data: { order: { id: number }; minutes: number };
    };
    expect(data).toMatchObject({ order: { table: 4, dish: 'soup', isReady: false }, minutes: 12 });
    expect(await table.emitWithAck('finish', data.order.id)).toEqual({
      ok: false,
      error: { status: 403, message: 'Forbidden resource' },
    });
    const ready = next(table, 'ready');
    expect(await kitchen.emitWithAck('finish', data.order.id)).toMatchObject({ ok: true });
    expect(await ready).toMatchObject([{ id: data.order.id, isReady: true }]);
    expect(await kitchen.emitWithAck('finish', data.order.id)).toEqual({
      ok: false,
      error: { status: 404, message: `There is no order ${data.order.id}`, code: 'UNKNOWN_ORDER' },
    });
  });

  it('are finished over HTTP too, and bad input is refused', async () => {
    const table = await clients.connect('/orders', { auth: { table: 5 } });
    expect(await table.emitWithAck('order', 'five', 'soup')).toMatchObject({ ok: false, error: { status: 400 } });
    const { data } = (await table.emitWithAck('order', 5, 'soup')) as {
      data: { order: { id: number }; minutes: null };
    };
    expect(data.minutes).toBeNull();
    const ready = next(table, 'ready');
    const response = await fetch(`${sample.url}/orders/${data.order.id}`, { method: 'DELETE' });
    expect(response.status).toBe(200);
    expect(await ready).toMatchObject([{ dish: 'soup' }]);
  });
});
