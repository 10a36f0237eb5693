import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RecoveringClusterAdapter } from '../../lib/adapter/index.js';
import { natsAdapter, type NatsAdapterOptions } from '../../lib/cluster/nats/index.js';
import { natsBroker } from '../interop/published-adapters/cluster-node.js';
import { eventually } from '../interop/published-adapters/cluster.js';
import { debian, describeWith } from '../support/debian.js';
import { startNats } from '../support/nats.js';
import { event, to, type BareNode } from './bare-nodes.js';
import { describeFaultyNodes } from './faulty-nodes.contract.js';
import { OnNats } from './on-nats.js';

describeFaultyNodes('natsAdapter with faulty nodes', {
  broker: natsBroker,
  adapter: 'nats',
  nodes: ['rookery', 'rookery'],
});

describeFaultyNodes('natsAdapter with recovery and faulty nodes', {
  broker: natsBroker,
  adapter: 'jetstream',
  nodes: ['rookery', 'rookery'],
});

describeWith([debian.nats], 'natsAdapter, when things go wrong', () => {
  const stage = new OnNats({ requestsTimeout: 500 });
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

  const kinds: [name: string, recovery: NatsAdapterOptions['recovery']][] = [
    ['over subjects', false],
    ['with recovery', { storage: 'memory' }],
  ];

  describe.each(kinds)('%s', (_name, recovery) => {
    it('keeps the order, and loses nothing between a join and a broadcast', async () => {
      const prefix = ownPrefix();
      const [one, other] = [
        await start({ servers: stage.servers, prefix, recovery }),
        await start({ servers: stage.servers, prefix, recovery }),
      ];
      await nodes.meet(one, other);
      await other.add('b');
      const expected: string[] = [];
      for (let n = 0; n < 20; n++) {
        one.adapter.addSockets(to('b'), [`room ${n}`]);
        for (let m = 0; m < 5; m++) {
          one.adapter.broadcast(event(`${n}-${m}`), to(`room ${n}`));
          expected.push(`${n}-${m}`);
          if (m === 2) await new Promise(setImmediate);
        }
        one.adapter.delSockets(to('b'), [`room ${n}`]);
      }
      await eventually('all have come', async () => other.delivered.length >= expected.length);
      expect(other.delivered).toEqual(expected);
    });

    it('drops what is no message, on every subject', async () => {
      const prefix = ownPrefix();
      const node = await start({ options: { servers: stage.servers, name: prefix }, prefix, recovery });
      await node.add('a', 'red');
      // All that it listens to, as NATS knows it; answers to its own requests are read by the library.
      const listened = await subscriptions(prefix);
      const subjects = [...listened.filter((subject) => !subject.endsWith('.*'))];
      const expected = [`${prefix}.nodes.=2f`, `${prefix}.nodes.=2f.${node.adapter.nodeId}`];
      expect(subjects).toEqual(expect.arrayContaining(expected));
      // What the stream is delivered to.
      expect(subjects.filter((subject) => subject.startsWith('_INBOX.'))).toHaveLength(recovery === false ? 0 : 1);
      if (recovery !== false) subjects.push(`${prefix}.stream.=2f.other`);
      const { encode } = await import('notepack.io').then(({ default: notepack }) => notepack);
      const garbage = fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc
          .tuple(fc.string(), fc.nat(), fc.array(fc.oneof(fc.anything(), fc.tuple(fc.nat(14), fc.anything()))))
          .map(([from, number, messages]) => encode([from, number, ...messages]) as Uint8Array),
        fc
          .constantFrom([0, 0, 2, Buffer.from([1])], [0, 1, 2, Buffer.from([1])], [0], [3, null], null)
          .map((message) => encode(['other', 0, message]) as Uint8Array),
      );
      fc.assert(
        fc.property(fc.constantFrom(...subjects), garbage, (subject, bytes) =>
          stage.connection.publish(subject, bytes),
        ),
        { numRuns: 500 },
      );
      await stage.connection.flush();
      await eventually('it is counted', async () => node.adapter.health.malformedMessages > 50);
      const other = await start({ servers: stage.servers, prefix, recovery });
      await eventually('they know each other', async () => other.adapter.nodes.includes(node.adapter.nodeId));
      other.adapter.broadcast(event('well'), to('red'));
      await eventually('it goes on', async () => node.delivered.includes('well'));
      expect(node.errors).toEqual([]);
    });

    it('says within its time that NATS is not there, and works when it comes', async () => {
      const { reroute, server, lead } = await viaReroute();
      reroute.cut();
      const prefix = ownPrefix();
      const there = await start({ servers: stage.servers, prefix, recovery });
      let late!: BareNode;
      const starting = nodes.start((host) => {
        const adapter = natsAdapter({ servers: server, prefix, recovery, connectTimeout: 300 })(host);
        late = { adapter, delivered: [], errors: [], add: async () => {} };
        return adapter;
      });
      await expect(starting).rejects.toMatchObject({
        code: 'CLUSTER_UNREACHABLE',
        message: expect.stringMatching(/^NATS did not answer in 300 ms: /),
      });
      lead();
      await there.add('a', 'red');
      await eventually('it has come', async () => {
        late.adapter.broadcast(event('hello'), to('red'));
        return there.delivered.includes('hello');
      });
    });

    it('closes what it opened', async () => {
      const prefix = ownPrefix();
      const create = natsAdapter({ options: { servers: stage.servers, name: prefix }, prefix, recovery });
      const [one, other] = [await nodes.start(create, { name: '/' }), await nodes.start(create, { name: '/chat' })];
      expect(await connections(prefix)).toBe(1);
      await one.adapter.close();
      expect(await connections(prefix)).toBe(1);
      await other.adapter.close();
      await eventually('it is closed', async () => (await connections(prefix)) === 0);
    });

    it('never closes what it was given', async () => {
      const prefix = ownPrefix();
      const node = await start({ connection: stage.connection, prefix, recovery });
      await node.adapter.close();
      await stage.connection.flush();
      expect(stage.connection.isClosed()).toBe(false);
    });

    it('goes on when NATS is started again', async () => {
      const store = mkdtempSync(join(tmpdir(), 'jetstream-'));
      closing.push(() => rmSync(store, { recursive: true, force: true }));
      let own = await startNats({ store });
      closing.unshift(() => own.stop());
      const address = `127.0.0.1:${own.port}`;
      const { reroute, server } = await viaReroute();
      reroute.lead(`http://${address}`);
      const [one, other] = [
        await start({ servers: server, recovery: recovery !== false }),
        await start({ servers: address, recovery: recovery !== false }),
      ];
      await nodes.meet(one, other);
      await other.add('b', 'red');
      reroute.cut();
      await own.stop();
      await eventually('it is noticed', async () => !one.adapter.health.isUp && !other.adapter.health.isUp);
      one.adapter.broadcast(event('meanwhile'), to('red'));
      own = await startNats({ store, port: own.port });
      const asking = await connect({ servers: address });
      closing.unshift(() => asking.close());
      // Without recovery, what comes before a node listens again is not for it.
      await eventually('the other one listens again', () =>
        asking.request(`rookery.nodes.=2f.${other.adapter.nodeId}`).then(
          () => true,
          () => false,
        ),
      );
      reroute.lead(`http://${address}`);
      await eventually('it has come', async () => other.delivered.length > 0);
      one.adapter.broadcast(event('again'), to('red'));
      await eventually('it goes on', async () => other.delivered.length > 1);
      expect(other.delivered).toEqual(['meanwhile', 'again']);
      await nodes.close();
    });
  });

  /** The subjects that a connection of this name listens to. */
  async function subscriptions(named: string): Promise<string[]> {
    const response = await fetch(`http://127.0.0.1:${stage.monitor}/connz?subs=1`);
    const { connections: open } = (await response.json()) as {
      connections: { name?: string; subscriptions_list?: string[] }[];
    };
    return open.flatMap(({ name, subscriptions_list: subjects = [] }) => (name === named ? subjects : []));
  }

  /** How many connections NATS has that say this name. */
  async function connections(named: string): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${stage.monitor}/connz`);
    const { connections: open } = (await response.json()) as { connections: { name?: string }[] };
    return open.filter(({ name }) => name === named).length;
  }

  // One that hangs has to be noticed first.
  it.each([
    ['cut', 3_000],
    ['freeze', 10_000],
  ] as const)('loses nothing with recovery while NATS is away for seconds: %s', async (how, duration) => {
    const { reroute, server, lead } = await viaReroute();
    const options = { prefix: ownPrefix(), recovery: { storage: 'memory' } as const };
    const [away, there] = [
      await start({ servers: server, ...options }),
      await start({ servers: stage.servers, ...options }),
    ];
    await nodes.meet(away, there);
    await away.add('a', 'red');
    await there.add('b', 'red');
    reroute[how]();
    const count = 500;
    await Promise.all([sendFor(away, count, duration), sendFor(there, count, duration)]);
    // Local clients do not wait.
    expect(away.delivered).toEqual(numbers(count));
    lead();
    reroute.resume();
    const both = [...numbers(count), ...numbers(count)];
    await eventually('all have come', async () => there.delivered.length + away.delivered.length >= 4 * count);
    for (const { delivered } of [away, there]) expect(delivered).toEqual(both);
    expect([away.adapter.health.failedPublishes, there.adapter.health.failedPublishes]).toEqual([0, 0]);
  });

  it.each([
    ['cut', 2_000],
    ['freeze', 5_000],
  ] as const)('counts what may be lost without recovery: %s', async (how, duration) => {
    const { reroute, server, lead } = await viaReroute();
    const prefix = ownPrefix();
    const [away, there] = [
      await start({ servers: server, prefix, maxWaiting: 100, connectTimeout: 1_000 }),
      await start({ servers: stage.servers, prefix }),
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
    expect(came).toEqual([...came].sort((one, other) => (one as number) - (other as number)));
  });

  it('gives a session to one of those who ask for it, and only once', async () => {
    const options = { servers: stage.servers, prefix: ownPrefix(), recovery: { storage: 'memory' as const } };
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

  it('restores from a stream in which garbage stands, and nothing from garbage', async () => {
    const options = { servers: stage.servers, prefix: ownPrefix(), recovery: { storage: 'memory' as const } };
    const node = await start(options);
    const adapter = node.adapter as RecoveringClusterAdapter;
    const { encode } = await import('notepack.io').then(({ default: notepack }) => notepack);
    const position = (adapter as unknown as { link: { log: { start: string } } }).link.log.start;
    const garbage = [null, 1, 'x', [], [3], [3, null], [3, { packet: 1 }], [0, 0, 1, 1], { type: 3 }];
    await stage.connection.request(`${options.prefix}.stream.=2f.other`, encode(['other', 1, ...garbage]));
    await stage.connection.request(`${options.prefix}.stream.=2f.other`, Buffer.from([0xc1]));
    await eventually('it is counted', async () => adapter.health.malformedMessages === garbage.length + 1);
    adapter.broadcast(event('well'), to());
    const sessions = [
      null,
      1,
      {},
      { sid: 's' },
      { sid: 's', pid: 'p', rooms: 5 },
      { sid: 's', pid: 'p', rooms: [], seen: 1 },
    ];
    for (const each of [Buffer.from([0xc1]), ...sessions.map((session) => encode(session))]) {
      await stage.connection.request(`${options.prefix}.session.=2f.bad`, each);
      expect(await adapter.restoreSession('bad', position)).toBeNull();
    }
    await adapter.persistSession({ sid: 'sid', pid: 'pid', rooms: [], data: {} });
    await eventually('it is kept', async () => node.adapter.health.isUp);
    const restored = await adapter.restoreSession('pid', position);
    expect(restored?.missedPackets.map(([, name]) => name)).toEqual(['well']);
    expect(node.errors).toEqual([]);
  });

  it('keeps as much, and where, as it is told, also when it is told anew', async () => {
    const prefix = ownPrefix();
    const configOf = async (stream: string): Promise<object> => {
      const { data } = await stage.connection.request(`$JS.API.STREAM.INFO.${prefix}-${stream}`);
      return (JSON.parse(Buffer.from(data).toString()) as { config: object }).config;
    };
    await start({ servers: stage.servers, prefix, recovery: { maxAge: 5_000, maxMessages: 7, storage: 'memory' } });
    const limits = { max_age: 5e9, max_msgs: 7, storage: 'memory', subjects: [`${prefix}.stream.=2f.*`] };
    expect(await configOf('=2f')).toMatchObject(limits);
    expect(await configOf('sessions')).toMatchObject({ max_age: 5e9, max_msgs_per_subject: 1, storage: 'memory' });
    await start({ servers: stage.servers, prefix, recovery: { maxAge: 6_000, maxMessages: 8 } });
    expect(await configOf('=2f')).toMatchObject({ ...limits, max_age: 6e9, max_msgs: 8 });
  });

  it.each([
    [{ apiPrefix: '$JS.other.API' }, /^keeping messages needs JetStream: start nats-server with -js$/],
    [{ replicas: 3 }, /^JetStream: /],
  ])('says why JetStream does not keep anything: %j', async (recovery, message) => {
    await expect(
      start({ servers: stage.servers, prefix: ownPrefix(), connectTimeout: 1_000, recovery }),
    ).rejects.toThrow(message);
  });

  it('connects as it is told', async () => {
    const prefix = ownPrefix();
    await start({ options: { servers: stage.servers, name: prefix }, prefix });
    expect(await connections(prefix)).toBe(1);
  });

  it('cuts what is too long for one payload, and refuses to where JetStream keeps it', async () => {
    const prefix = ownPrefix();
    const [one, other] = [
      await start({ servers: stage.servers, prefix }),
      await start({ servers: stage.servers, prefix }),
    ];
    await nodes.meet(one, other);
    await other.add('b', 'red');
    const long = 'x'.repeat(3_000_000);
    one.adapter.broadcast(event(1), to('red'));
    one.adapter.broadcast(event(long), to('red'));
    one.adapter.broadcast(event(2), to('red'));
    await eventually('all have come', async () => other.delivered.length === 3);
    expect(other.delivered).toEqual([1, long, 2]);
    const keeping = await start({ servers: stage.servers, prefix: ownPrefix(), recovery: { storage: 'memory' } });
    keeping.adapter.broadcast(event(long), to('red'));
    await eventually('it is told', async () => keeping.errors.length === 1);
    expect(String(keeping.errors[0])).toMatch(/max_payload of NATS is 1048576$/);
  });

  it('finds a node gone as soon as nobody listens to its subject', async () => {
    const prefix = ownPrefix();
    const options = { prefix, heartbeatInterval: 30_000, heartbeatTimeout: 60_000, requestsTimeout: 30_000 };
    const own = await connect({ servers: stage.servers });
    const [one, other] = [
      await start({ servers: stage.servers, ...options }),
      await nodes.start(natsAdapter({ connection: own, ...options })),
    ];
    await nodes.meet(one, other);
    // It hears no more, and says nothing.
    await own.close();
    expect(await one.adapter.fetchSockets(to())).toEqual([]);
    expect(one.adapter.nodes).toEqual([]);
  });

  it.each([
    [{}, 'Pass natsAdapter() a connection, servers, or the options of connect()'],
    [{ connection: {} }, 'connection is none of @nats-io/transport-node 3 or nats 2'],
    [{ servers: 'x', prefix: 'a.b' }, 'prefix is made of letters, digits, _ and -, not "a.b"'],
    [{ servers: 'x', maxWaiting: 0 }, 'maxWaiting is a number above 0, not 0'],
    [{ servers: 'x', recovery: { storage: 'disk' } }, 'recovery.storage is file or memory, not disk'],
    [{ servers: 'x', recovery: { maxAge: 0 } }, 'recovery.maxAge is a number above 0, not 0'],
  ])('refuses %j', (options, message) => {
    expect(() => natsAdapter(options as NatsAdapterOptions)).toThrow(message);
  });
});
