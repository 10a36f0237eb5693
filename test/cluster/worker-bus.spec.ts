import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ClusterAdapter, type ClusterLink } from '../../lib/adapter/index.js';
import { createLink, nodeClusterAdapter } from '../../lib/cluster/node-cluster/node-cluster-adapter.js';
import { firstLineOf, markIn } from '../../lib/cluster/node-cluster/request-head.js';
import { WorkerBus, type ProcessChannel } from '../../lib/cluster/node-cluster/worker-bus.js';
import { Host } from '../adapter/memory-bus.js';
import { describeAdapter, options } from '../contract/adapter.contract.js';

/** A process that is a worker, as its adapters see it. */
class FakeProcess extends EventEmitter implements ProcessChannel {
  readonly sent: Record<string, unknown>[] = [];
  failure: Error | null = null;

  send(message: unknown, _handle: undefined, _options: undefined, callback: (error: Error | null) => void): void {
    this.sent.push(structuredClone(message) as Record<string, unknown>);
    callback(this.failure);
  }
}

const over = (channel: FakeProcess): ((host: Host) => ClusterAdapter) => {
  const bus = new WorkerBus(channel);
  return (host) => new ClusterAdapter(host as never, (each): ClusterLink => createLink(bus, each));
};

describeAdapter('nodeClusterAdapter(), in one worker,', (host) => over(new FakeProcess())(host as Host));

describe('the nodes of a worker', () => {
  let channel: FakeProcess;
  let create: (host: Host) => ClusterAdapter;

  beforeEach(() => {
    channel = new FakeProcess();
    create = over(channel);
  });

  const start = async (name = '/chat'): Promise<{ host: Host; adapter: ClusterAdapter }> => {
    const host = Object.assign(new Host(), { name });
    const adapter = create(host);
    await adapter.init();
    return { host, adapter };
  };

  it('share one listener of the process, and take it away with the last of them', async () => {
    const nodes = [await start('/a'), await start('/b'), await start('/a')];
    expect([channel.listenerCount('message'), channel.listenerCount('disconnect')]).toEqual([1, 1]);
    for (const { adapter } of nodes) await adapter.close();
    expect([channel.listenerCount('message'), channel.listenerCount('disconnect')]).toEqual([0, 0]);
  });

  it('write what the published adapter writes', async () => {
    const { adapter } = await start();
    adapter.broadcast({ type: 2, nsp: '/chat', data: ['news'] }, options(['r']));
    expect(channel.sent.at(-1)).toEqual({
      source: '_sio_adapter',
      uid: adapter.nodeId,
      nsp: '/chat',
      type: 3,
      data: { packet: { type: 2, nsp: '/chat', data: ['news'] }, opts: { rooms: ['r'], except: [], flags: {} } },
    });
    const asked = { source: '_sio_adapter', uid: 'other', nsp: '/chat', type: 7 };
    channel.emit('message', { ...asked, data: { requestId: 'q', opts: { rooms: [], except: [], flags: {} } } });
    await Promise.resolve();
    expect(channel.sent.at(-1)).toMatchObject({
      type: 8,
      requesterUid: 'other',
      data: { requestId: 'q', sockets: [] },
    });
    await adapter.close();
  });

  it('hear what is for their namespace, and answers that are for them', async () => {
    const [a, b] = [await start('/a'), await start('/b')];
    const say = (nsp: string, requesterUid?: string): void =>
      void channel.emit('message', { source: '_sio_adapter', uid: 'x', nsp, type: 2, requesterUid });
    say('/a', 'of another worker');
    expect(a.adapter.nodes).toEqual([]);
    say('/a');
    expect([a.adapter.nodes, b.adapter.nodes]).toEqual([['x'], []]);
    await Promise.all([a.adapter.close(), b.adapter.close()]);
  });

  it('of one namespace, as two servers of a worker have it, hear each other', async () => {
    const [one, other] = [await start(), await start()];
    await Promise.resolve();
    expect([one.adapter.nodes, other.adapter.nodes]).toEqual([[other.adapter.nodeId], [one.adapter.nodeId]]);
    expect(await one.adapter.fetchSockets(options())).toEqual([]);
    one.adapter.serverSideEmit(['news', { at: 1, format() {} }]);
    await Promise.resolve();
    expect([one.host.events, other.host.events]).toEqual([[], [['news', { at: 1 }]]]);
    await Promise.all([one.adapter.close(), other.adapter.close()]);
  });

  it('count what is no message, and throw nothing, whatever comes', async () => {
    const { adapter, host } = await start();
    const envelope = fc.record(
      { source: fc.constant('_sio_adapter'), uid: fc.anything(), nsp: fc.anything(), type: fc.anything() },
      { requiredKeys: ['source'] },
    );
    const near = fc.record({
      source: fc.constant('_sio_adapter'),
      uid: fc.constant('x'),
      nsp: fc.constant('/chat'),
      type: fc.nat(20),
      data: fc.anything(),
    });
    fc.assert(fc.property(fc.oneof(fc.anything(), envelope, near), (message) => void channel.emit('message', message)));
    expect(adapter.health.malformedMessages).toBeGreaterThan(0);
    expect(host.errors).toEqual([]);
    await adapter.close();
  });

  it('send what cannot be cloned as clients get it', async () => {
    const { adapter } = await start();
    const data: [string, object] = ['news', { at: 1, format() {} }];
    adapter.broadcast({ type: 2, nsp: '/chat', data }, options());
    expect(channel.sent.at(-1)).toMatchObject({ data: { packet: { data: ['news', { at: 1 }] } } });
    expect(adapter.health.failedPublishes).toBe(0);
    await adapter.close();
  });

  it('are told when the primary is gone, and count what it does not take', async () => {
    const { adapter, host } = await start();
    channel.failure = new Error('channel closed');
    channel.emit('disconnect');
    for (let n = 0; n < 2; n++) adapter.broadcast({ type: 2, nsp: '/chat', data: ['news'] }, options());
    await new Promise(setImmediate);
    expect([adapter.health.isUp, adapter.health.failedPublishes]).toEqual([false, 2]);
    expect(host.errors).toEqual([[channel.failure, 'adapter.publish']]);
    await adapter.close();
  });

  it('are none in a process without a primary', () => {
    const alone = new WorkerBus(Object.assign(new EventEmitter(), { send: undefined }) as never);
    const link = (): ClusterLink => createLink(alone, {} as never);
    expect(link).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(link).toThrow('clusterize()');
  });

  it.each(['heartbeatInterval', 'heartbeatTimeout', 'requestsTimeout'])('want a %s above 0', (option) => {
    expect(() => nodeClusterAdapter({ [option]: -1 })(new Host() as never)).toThrow(option);
  });
});

describe('the first line of a request', () => {
  it.each([
    ['GET /socket.io/?EIO=4&sid=abc.1z HTTP/1.1', '1z'],
    ['GET /socket.io/?sid=a.b.2&EIO=4 HTTP/1.1', '2'],
    ['GET /?sid=abc HTTP/1.1', undefined],
    ['GET /?sid=abc. HTTP/1.1', undefined],
    ['GET /?other=1&presid=abc.1 HTTP/1.1', undefined],
    ['GET / HTTP/1.1', undefined],
    ['sid=a.1', undefined],
  ])('has the mark of a session: %s', (line, mark) => {
    expect(markIn(line)).toBe(mark);
  });

  it('is read until its end, or given up', () => {
    expect(firstLineOf(Buffer.from('GET / HT'))).toBeNull();
    expect(firstLineOf(Buffer.from('GET / HTTP/1.1\r\nHost'))).toBe('GET / HTTP/1.1');
    expect(firstLineOf(Buffer.alloc(20_000, 'a'))).toBe('');
  });

  it('takes no longer for hostile text', () => {
    const started = process.cpuUsage().user;
    markIn(`GET /?${'&sid='.repeat(3_000)}`);
    markIn(`GET /?sid=${'.'.repeat(16_000)}!`);
    expect(process.cpuUsage(undefined).user - started).toBeLessThan(5_000_000);
  });
});
