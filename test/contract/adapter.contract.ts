import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Adapter, AdapterHost, AdapterSocket, BroadcastOptions, Room } from '../../lib/adapter/index.js';
import { Frame, PacketType, type Packet } from '../../lib/protocol/index.js';

/** A socket that records what an adapter does to it. */
export class RecordingSocket implements AdapterSocket {
  readonly handshake = { address: 'here' };
  readonly data = {};
  readonly received: { frame: Frame; isVolatile: boolean }[] = [];
  readonly notified: Packet[] = [];
  readonly acks = new Map<number, (...args: unknown[]) => void>();
  disconnected: boolean | undefined;

  constructor(
    readonly id: string,
    readonly adapter: () => Adapter,
  ) {}

  get rooms(): Set<Room> {
    return this.adapter().socketRooms(this.id) ?? new Set();
  }
  deliver(frame: Frame, isVolatile: boolean): void {
    this.received.push({ frame, isVolatile });
  }
  notifyOutgoing(packet: Packet): void {
    this.notified.push(packet);
  }
  expectAck(id: number, onAck: (...args: unknown[]) => void): void {
    this.acks.set(id, onAck);
  }
  forgetAck(id: number): void {
    this.acks.delete(id);
  }
  join(rooms: Room | readonly Room[]): void | Promise<void> {
    return this.adapter().addAll(this.id, new Set(typeof rooms === 'string' ? [rooms] : rooms));
  }
  leave(room: Room): void | Promise<void> {
    return this.adapter().del(this.id, room);
  }
  disconnect(close: boolean): void {
    this.disconnected = close;
    void this.adapter().delAll(this.id);
  }
}

/** A namespace that counts how often it encodes. */
export class RecordingHost implements AdapterHost {
  readonly name = '/chat';
  readonly members = new Map<string, RecordingSocket>();
  encoded = 0;
  #ackId = 0;

  encode(packet: Packet, compress: boolean): Frame {
    this.encoded++;
    return new Frame('message', [JSON.stringify(packet)], compress);
  }
  socket(id: string): RecordingSocket | undefined {
    return this.members.get(id);
  }
  nextAckId(): number {
    return this.#ackId++;
  }
  onServerSideEvent(): void {}
}

export function options(
  rooms: Room[] = [],
  except: Room[] = [],
  flags: BroadcastOptions['flags'] = {},
): BroadcastOptions {
  return { rooms: new Set(rooms), except: new Set(except), flags };
}

const packet: Packet = { type: PacketType.EVENT, nsp: '/chat', data: ['news', 1] };

/** What every adapter does on its own node, whatever it does on others. */
export function describeAdapter(name: string, create: (host: AdapterHost) => Adapter): void {
  describe(`${name} as an adapter`, () => {
    let host: RecordingHost;
    let adapter: Adapter;

    beforeEach(async () => {
      host = new RecordingHost();
      adapter = create(host);
      await adapter.init();
      for (const id of ['a', 'b', 'c']) {
        host.members.set(id, new RecordingSocket(id, () => adapter));
        await adapter.addAll(id, new Set([id]));
      }
      await adapter.addAll('a', new Set(['r1', 'r2']));
      await adapter.addAll('b', new Set(['r2']));
    });

    const receivers = (): string[] =>
      [...host.members.values()].filter((each) => each.received.length > 0).map(({ id }) => id);

    it.each<[string, BroadcastOptions, string[]]>([
      ['everyone', options(), ['a', 'b', 'c']],
      ['a room', options(['r2']), ['a', 'b']],
      ['the union of rooms', options(['r1', 'r2', 'c']), ['a', 'b', 'c']],
      ['a room that nobody is in', options(['empty']), []],
      ['everyone except a room', options([], ['r1']), ['b', 'c']],
      ['a room except a socket', options(['r2'], ['a']), ['b']],
      ['rooms except rooms', options(['r1', 'r2', 'c'], ['r1', 'c']), ['b']],
      ['a room except a room that nobody is in', options(['r1'], ['empty']), ['a']],
    ])('broadcasts to %s, once each', async (_to, to, expected) => {
      await adapter.broadcast(packet, to);
      expect(receivers()).toEqual(expected);
      for (const id of expected) expect(host.members.get(id)!.received).toHaveLength(1);
    });

    it('encodes a broadcast once, whoever receives it', async () => {
      await adapter.broadcast(packet, options());
      expect(host.encoded).toBe(1);
      const frames = [...host.members.values()].map((each) => each.received[0]!.frame);
      expect(new Set(frames).size).toBe(1);
    });

    it('encodes nothing when nobody is there', async () => {
      await adapter.broadcast(packet, options(['empty']));
      expect(host.encoded).toBe(0);
    });

    it('passes on the volatile and compress flags', async () => {
      await adapter.broadcast(packet, options(['c'], [], { volatile: true, compress: false }));
      await adapter.broadcast(packet, options(['c']));
      const [first, second] = host.members.get('c')!.received;
      expect([first!.isVolatile, first!.frame.compress]).toEqual([true, false]);
      expect([second!.isVolatile, second!.frame.compress]).toEqual([false, true]);
    });

    it('tells each receiver about the packet before it is written', async () => {
      await adapter.broadcast(packet, options(['r1']));
      expect(host.members.get('a')!.notified).toEqual([packet]);
      expect(host.members.get('b')!.notified).toEqual([]);
    });

    it('counts the receivers of a broadcast with ack, and passes each answer on', () => {
      const counts: number[] = [];
      const answers: unknown[][] = [];
      adapter.broadcastWithAck(
        packet,
        options(['r2'], [], { timeout: 60_000 }),
        (count) => counts.push(count),
        (...args) => answers.push(args),
      );
      expect(counts).toEqual([2]);
      for (const id of ['b', 'a']) for (const ack of host.members.get(id)!.acks.values()) ack(id);
      expect(answers).toEqual([['b'], ['a']]);
      const [sent] = host.members.get('a')!.received;
      expect(JSON.parse(sent!.frame.parts[0] as string)).toMatchObject({
        id: [...host.members.get('a')!.acks.keys()][0],
      });
    });

    it('keeps both maps in step through joins and leaves', async () => {
      await adapter.del('a', 'r1');
      expect(adapter.rooms.has('r1')).toBe(false);
      expect(adapter.socketRooms('a')).toEqual(new Set(['a', 'r2']));
      await adapter.delAll('a');
      expect(adapter.sids.has('a')).toBe(false);
      expect(adapter.rooms.get('r2')).toEqual(new Set(['b']));
      await adapter.del('nobody', 'r2');
      await adapter.delAll('nobody');
      expect(adapter.rooms.get('r2')).toEqual(new Set(['b']));
    });

    it('announces rooms and members, each once', async () => {
      const events: unknown[][] = [];
      for (const event of ['create-room', 'delete-room', 'join-room', 'leave-room']) {
        adapter.on(event, (...args: unknown[]) => events.push([event, ...args]));
      }
      await adapter.addAll('a', new Set(['new', 'r1']));
      await adapter.addAll('b', new Set(['new']));
      await adapter.del('a', 'new');
      await adapter.del('a', 'new');
      await adapter.del('b', 'new');
      expect(events).toEqual([
        ['create-room', 'new'],
        ['join-room', 'new', 'a'],
        ['join-room', 'new', 'b'],
        ['leave-room', 'new', 'a'],
        ['leave-room', 'new', 'b'],
        ['delete-room', 'new'],
      ]);
    });

    it('lists the ids of rooms, and of everyone', async () => {
      expect(await adapter.sockets(new Set(['r1', 'c']))).toEqual(new Set(['a', 'c']));
      expect(await adapter.sockets(new Set())).toEqual(new Set(['a', 'b', 'c']));
    });

    it('fetches, joins, leaves and disconnects the sockets that a broadcast would reach', async () => {
      expect((await adapter.fetchSockets(options(['r2'], ['a']))).map(({ id }) => id)).toEqual(['b']);
      await adapter.addSockets(options(['r2']), ['r3', 'r4']);
      expect(adapter.rooms.get('r3')).toEqual(new Set(['a', 'b']));
      await adapter.delSockets(options(['r3']), ['r3', 'r2']);
      expect(adapter.rooms.has('r3')).toBe(false);
      expect(adapter.rooms.has('r2')).toBe(false);
      await adapter.disconnectSockets(options(['r4'], ['b']), true);
      expect([...host.members.values()].map((each) => each.disconnected)).toEqual([true, undefined, undefined]);
    });

    it('answers server-side events for the nodes that are there', async () => {
      const answer = await new Promise((resolve) => {
        void adapter.serverSideEmit(['hello', (...args: unknown[]) => resolve(args)]);
      });
      expect(answer).toEqual([null, []]);
      await adapter.serverSideEmit(['nobody waits']);
      expect(await adapter.serverCount()).toBe(1);
    });

    it('restores no session that it does not keep', async () => {
      await adapter.persistSession({ sid: 'a', pid: 'p', rooms: [], data: {} });
      expect(await adapter.restoreSession('unknown', 'offset')).toBeNull();
    });
  });
}
