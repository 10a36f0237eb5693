import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ClusterAdapter,
  InMemoryDeliveryLog,
  type AdapterConstructor,
  type DeliveryLog,
} from '../../lib/adapter/index.js';
import { createEmitter } from '../../lib/emitter/index.js';
import { streamOf } from '../../lib/server/reliable/offsets.js';
import { startTestServer, type TestServer } from '../../lib/testing/index.js';
import { MemoryBus } from '../adapter/memory-bus.js';
import { deferred, ReportedErrors } from './support.js';

const limits = { maxAge: 60_000, maxMessagesPerStream: 100, maxMessages: 1_000 };
const room = streamOf('/', 'r');

describe('reliable delivery over several nodes', () => {
  const log = new InMemoryDeliveryLog(limits);
  const closing: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    log.close();
  });

  /** What all nodes share; a node that closes takes nothing along. */
  const shared: DeliveryLog = {
    append: (...args) => log.append(...args),
    heads: (...args) => log.heads(...args),
    read: (...args) => log.read(...args),
    close: () => {},
  };

  function adapterOn(bus: MemoryBus, openRoom?: (room: string) => Promise<void>): AdapterConstructor {
    return (nsp) =>
      new ClusterAdapter(nsp, bus.link({ openDeliveryLog: () => shared, ...(openRoom !== undefined && { openRoom }) }));
  }

  async function start(adapter: AdapterConstructor, errors = new ReportedErrors()): Promise<TestServer> {
    const server = await startTestServer((io) => io.on('connection', (socket) => void socket.join('r')), {
      adapter,
      reliableDelivery: true,
      onError: errors.onError,
    });
    closing.push(() => server.close());
    return server;
  }

  const parse = (packet: string | Buffer): unknown[] => JSON.parse(String(packet).slice(2)) as unknown[];

  it('brings what another node, or one without clients, has sent meanwhile', async () => {
    const bus = new MemoryBus();
    const [here, there] = [await start(adapterOn(bus)), await start(adapterOn(bus))];
    await using emitter = await createEmitter({ adapter: adapterOn(bus), reliableDelivery: true });
    const client = await here.connect();
    await client.join('/', { offsets: {} });
    const [, positions] = parse(await client.next()) as [string, Record<string, [string, number]>];
    await there.io.to('r').emitReliable('news', 1);
    await emitter.to('r').emitReliable('news', 2);
    const live = [parse(await client.next()), parse(await client.next())];
    expect(live.map(([, value]) => value)).toEqual([1, 2]);
    await client.close();
    await emitter.to('r').emitReliable('news', 3);
    const back = await there.connect();
    await back.join('/', { offsets: { [room]: (live[0]![2] as { offset: string }).offset } });
    const events: unknown[] = [];
    while (events.length < 2) {
      const [event, value] = parse(await back.next());
      if (event === 'news') events.push(value);
    }
    expect(events).toEqual([2, 3]);
    expect(positions[room]).toEqual(['0:0', 0]);
  });

  it('reports a room that the bus does not take once, as ever', async () => {
    const bus = new MemoryBus();
    const errors = new ReportedErrors();
    const failed = new Error('no bus');
    const here = await start(
      adapterOn(bus, (name) => (name === 'late' ? Promise.reject(failed) : Promise.resolve())),
      errors,
    );
    const client = await here.connect();
    const id = await client.join('/', { offsets: {} });
    await expect(here.io.sockets.sockets.get(id)!.join('late')).rejects.toBe(failed);
    expect(await errors.first(1)).toMatchObject([{ error: failed, event: 'join' }]);
  });

  it('looks again at a room once the bus knows of it', async () => {
    const bus = new MemoryBus();
    const opening = deferred();
    const here = await start(adapterOn(bus, (name) => (name === 'late' ? opening.promise : Promise.resolve())));
    const client = await here.connect();
    const id = await client.join('/', { offsets: {} });
    expect(parse(await client.next())[0]).toBe('rookery:streams');
    void here.io.sockets.sockets.get(id)!.join('late');
    expect(parse(await client.next())).toEqual(['rookery:streams', { [streamOf('/', 'late')]: ['0:0', 0] }]);
    // The node does not hear of this one yet.
    await log.append('late', ['news', 'meanwhile']);
    opening.resolve();
    await client.next();
    expect(parse(await client.next()).slice(0, 2)).toEqual(['news', 'meanwhile']);
  });
});
