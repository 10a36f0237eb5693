import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RecoveringClusterAdapter, type RestoredSession, type SessionToPersist } from '../../lib/adapter/index.js';
import { PacketType, type Packet } from '../../lib/protocol/index.js';
import { options, RecordingHost, RecordingSocket } from '../contract/adapter.contract.js';
import { MemoryLogBus, type MemoryLogLink } from './memory-log-bus.js';

/** One node: its adapter, and the link that the test drives. */
class Node {
  readonly host = new RecordingHost();
  readonly adapter: RecoveringClusterAdapter;
  link!: MemoryLogLink;

  constructor(bus: MemoryLogBus) {
    this.adapter = new RecoveringClusterAdapter(this.host, (channel) => (this.link = bus.connect(channel)));
  }

  broadcast(value: unknown, rooms: string[] = [], flags: object = {}): void {
    const packet: Packet = { type: PacketType.EVENT, nsp: '/chat', data: ['news', value] };
    this.adapter.broadcast(packet, options(rooms, [], flags));
  }

  /** Everything that this node and the bus have to say to each other is said. */
  settle(): void {
    while (this.link.outbox.length > 0) this.link.push();
    for (let left = 1_000; left > 0; left--) this.link.pull();
  }
}

/** A client that goes from node to node, and what it has got. */
class Client {
  readonly got: unknown[] = [];
  offset = '';
  #node: Node | null = null;
  #socket: RecordingSocket | null = null;

  constructor(readonly id = 'client') {}

  /** Joins a node, as a new client or with a session that was restored. */
  enter(node: Node, restored: RestoredSession | null = null): void {
    const socket = new RecordingSocket(this.id, () => node.adapter);
    node.host.members.set(this.id, socket);
    void node.adapter.addAll(this.id, new Set([this.id, ...(restored?.rooms ?? ['room'])]));
    for (const data of restored?.missedPackets ?? []) this.#take(data);
    [this.#node, this.#socket] = [node, socket];
  }

  /** Takes what was written to it; what comes behind `lost` packets of the end never arrives. */
  receive(lost = 0): void {
    const { received } = this.#socket!;
    const arrived = received.splice(0).slice(0, lost === 0 ? undefined : -lost);
    for (const { frame } of arrived) this.#take((JSON.parse(frame.parts[0] as string) as { data: unknown[] }).data);
  }

  /** Goes away; what it has not received by then is lost. */
  async leave(): Promise<void> {
    const node = this.#node!;
    const { id: sid } = this;
    const rooms = [...node.adapter.socketRooms(sid)!];
    await node.adapter.persistSession({ sid, pid: 'pid', rooms, data: {} });
    node.adapter.delAll(sid);
    node.host.members.delete(sid);
    this.#socket!.received.length = 0;
  }

  /** Comes back, on any node. */
  async comeBack(node: Node, meanwhile: () => void = () => {}): Promise<boolean> {
    let isDone = false;
    const restoring = node.adapter.restoreSession('pid', this.offset).finally(() => (isDone = true));
    meanwhile();
    // A client may be further than the node, which hears the bus while it waits.
    while (!isDone) {
      node.link.pull();
      await new Promise(setImmediate);
    }
    const restored = await restoring;
    if (restored === null) return false;
    meanwhile();
    this.enter(node, restored);
    return true;
  }

  #take(data: unknown[]): void {
    const [, value, offset] = data;
    this.got.push(value);
    if (typeof offset === 'string') this.offset = offset;
  }
}

describe('a client of a cluster whose bus keeps messages', () => {
  it('goes on on another node where it was', async () => {
    const bus = new MemoryLogBus();
    const [a, b] = [new Node(bus), new Node(bus)];
    const client = new Client();
    client.enter(a);
    a.broadcast(1);
    client.receive();
    await client.leave();
    a.broadcast(2, ['room']);
    b.broadcast(3, ['other']);
    a.settle();
    b.settle();
    b.broadcast(4);
    expect(await client.comeBack(b)).toBe(true);
    b.broadcast(5);
    client.receive();
    expect(client.got).toEqual([1, 2, 4, 5]);
  });

  it('goes on on a node that has come just now, and does not know yet where its bus stands', async () => {
    const bus = new MemoryLogBus();
    const a = new Node(bus);
    const client = new Client();
    client.enter(a);
    a.broadcast(1);
    client.receive();
    await client.leave();
    a.broadcast(2);
    a.settle();
    const b = new Node(bus);
    b.link.isBegun = false;
    let times = 0;
    const hasCome = await client.comeBack(b, () => {
      if (times++ === 0) setImmediate(() => b.link.begin());
    });
    expect(hasCome).toBe(true);
    expect(client.got).toEqual([1, 2]);
  });

  it('gets nothing twice that the bus brings after the client has come', async () => {
    const bus = new MemoryLogBus();
    const [a, b] = [new Node(bus), new Node(bus)];
    const client = new Client();
    client.enter(a);
    a.broadcast(1);
    a.broadcast(2);
    client.receive();
    await client.leave();
    expect(await client.comeBack(b)).toBe(true);
    a.settle();
    b.settle();
    a.broadcast(3);
    a.settle();
    b.settle();
    client.receive();
    expect(client.got).toEqual([1, 2, 3]);
  });

  it('misses nothing of the node it comes back to, whatever the bus has taken yet', async () => {
    const bus = new MemoryLogBus();
    const [a, b] = [new Node(bus), new Node(bus)];
    const client = new Client();
    client.enter(a);
    a.broadcast(1);
    client.receive();
    a.settle();
    b.settle();
    await client.leave();
    b.broadcast(2);
    let next = 3;
    expect(await client.comeBack(b, () => b.broadcast(next++))).toBe(true);
    b.settle();
    client.receive();
    expect(client.got).toEqual([1, 2, 3, 4]);
  });

  it('is a new one when the bus has dropped what it missed, or knows no such session', async () => {
    const bus = new MemoryLogBus();
    const [a, b] = [new Node(bus), new Node(bus)];
    const client = new Client();
    client.enter(a);
    a.broadcast(1);
    client.receive();
    await client.leave();
    a.settle();
    b.settle();
    bus.trimmed = 1;
    expect(await client.comeBack(b)).toBe(false);
    expect(await b.adapter.restoreSession('pid', client.offset)).toBeNull();
    expect(await b.adapter.restoreSession('unknown', '0')).toBeNull();
    for (const offset of ['', '1~a', '1~a~-1', '1~a~1~b', '1~a~01']) {
      expect(await b.adapter.restoreSession('pid', offset)).toBeNull();
    }
  });

  it('may be put back when it did not enter', async () => {
    const bus = new MemoryLogBus();
    const [a, b] = [new Node(bus), new Node(bus)];
    const client = new Client();
    client.enter(a);
    a.broadcast(1);
    client.receive();
    a.settle();
    b.settle();
    await client.leave();
    const restored = (await b.adapter.restoreSession('pid', client.offset)) as SessionToPersist;
    b.broadcast(2);
    await b.adapter.persistSession(restored);
    b.settle();
    expect(await client.comeBack(b)).toBe(true);
    expect(client.got).toEqual([1, 2]);
  });

  it('gets broadcasts that are volatile, or for this node alone, without an offset, and never later', async () => {
    const bus = new MemoryLogBus();
    const [a, b] = [new Node(bus), new Node(bus)];
    const client = new Client();
    client.enter(a);
    a.broadcast(1);
    client.receive();
    const { offset } = client;
    a.broadcast(2, [], { volatile: true });
    a.broadcast(3, [], { local: true });
    client.receive();
    expect(client.offset).toBe(offset);
    await client.leave();
    a.broadcast(4, [], { volatile: true });
    a.settle();
    b.settle();
    expect(await client.comeBack(b)).toBe(true);
    expect(client.got).toEqual([1, 2, 3]);
  });

  it('gets no offsets where the server does not let it go on', async () => {
    const bus = new MemoryLogBus();
    const [a, b] = [new Node(bus), new Node(bus)];
    for (const node of [a, b]) Object.assign(node.host, { canRecover: false });
    const [one, other] = [new Client('one'), new Client('other')];
    one.enter(a);
    other.enter(b);
    a.broadcast(1);
    a.settle();
    b.settle();
    for (const client of [one, other]) {
      client.receive();
      expect([client.got, client.offset]).toEqual([[1], '']);
    }
  });

  it('is not kept from what it missed by what is no broadcast', async () => {
    const bus = new MemoryLogBus();
    const [a, b] = [new Node(bus), new Node(bus)];
    const client = new Client();
    client.enter(a);
    a.broadcast(1);
    client.receive();
    await client.leave();
    a.settle();
    for (const data of [{}, { packet: null }, { packet: { type: 2, data: ['news'] }, opts: { rooms: 1 } }]) {
      bus.entries.push({ from: 'other', message: { type: 3, data } as never });
    }
    a.broadcast(2);
    a.settle();
    b.settle();
    expect(await client.comeBack(b)).toBe(true);
    expect(client.got).toEqual([1, 2]);
  });

  it('understands the offsets of published adapters, which are positions', async () => {
    const bus = new MemoryLogBus();
    const [a, b] = [new Node(bus), new Node(bus)];
    const client = new Client();
    client.enter(a);
    a.broadcast(1);
    client.receive();
    a.settle();
    b.settle();
    client.offset = '1';
    await client.leave();
    a.broadcast(2);
    a.settle();
    b.settle();
    expect(await client.comeBack(b)).toBe(true);
    expect(client.got).toEqual([1, 2]);
  });

  const nodeCount = 3;
  const at = fc.nat({ max: nodeCount - 1 });
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('broadcast' as const), at }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('push' as const), at }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('pull' as const), at }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('receive' as const), lost: fc.constant(0) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('move' as const), at, lost: fc.nat({ max: 2 }) }) },
  );

  it('gets everything once, and what one node sends in order, however it moves and the bus lags', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const bus = new MemoryLogBus();
        const nodes = Array.from({ length: nodeCount }, () => new Node(bus));
        const sent = nodes.map(() => 0);
        const broadcast = (index: number): void => nodes[index]!.broadcast(`${index}:${sent[index]!++}`, ['room']);
        const client = new Client();
        client.enter(nodes[0]!);
        // A first one, so that there is an offset to come back with.
        broadcast(0);
        client.receive();
        for (const each of steps) {
          if (each.kind === 'broadcast') broadcast(each.at);
          else if (each.kind === 'push') nodes[each.at]!.link.push();
          else if (each.kind === 'pull') nodes[each.at]!.link.pull();
          else if (each.kind === 'receive') client.receive();
          else {
            client.receive(each.lost);
            await client.leave();
            const next = nodes[each.at]!;
            expect(await client.comeBack(next, () => (broadcast(each.at), next.link.pull()))).toBe(true);
          }
        }
        for (const node of nodes) while (node.link.outbox.length > 0) node.link.push();
        for (const node of nodes) node.settle();
        client.receive();
        const got = client.got as string[];
        for (const [index, count] of sent.entries()) {
          const own = got.filter((value) => value.startsWith(`${index}:`));
          expect(own).toEqual(Array.from({ length: count }, (_, seq) => `${index}:${seq}`));
        }
      }),
      { numRuns: 500 },
    );
  });
});
