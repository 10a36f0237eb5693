import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  ClusterAdapter,
  ClusterTimeoutError,
  MessageType,
  type ClusterOptions,
  type NodeId,
} from '../../lib/adapter/index.js';
import { PacketType } from '../../lib/protocol/index.js';
import { describeAdapter, options } from '../contract/adapter.contract.js';
import { eventsOf, Host, MemoryBus, Node } from './memory-bus.js';

describeAdapter('ClusterAdapter, alone on its bus,', (host) => new ClusterAdapter(host, new MemoryBus().link()));

const packet = (...data: [string, ...unknown[]]) => ({ type: PacketType.EVENT, nsp: '/chat', data });
/** Lets promises settle; the timers are the test's. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

describe('ClusterAdapter', () => {
  let bus: MemoryBus;

  beforeEach(() => {
    jest.useFakeTimers();
    bus = new MemoryBus();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const start = (more: ClusterOptions = {}): Promise<Node> => Node.start(bus, more);
  const startTwo = async (): Promise<[Node, Node]> => [await start(), await start()];

  describe('with its broadcasts', () => {
    it('serves its own clients first, then publishes', async () => {
      const [a] = await startTwo();
      const socket = a.addSocket('s');
      let receivedBefore = -1;
      bus.failure = () => void (receivedBefore = socket.received.length);
      a.adapter.broadcast(packet('news'), options());
      expect(receivedBefore).toBe(1);
    });

    it('serves its own clients when the bus takes nothing', async () => {
      const [a] = await startTwo();
      const socket = a.addSocket('s');
      bus.failure = () => new Promise(() => {});
      a.adapter.broadcast(packet('news'), options());
      a.adapter.addSockets(options(), ['r']);
      a.adapter.broadcast(packet('to the room'), options(['r']));
      expect(eventsOf(socket)).toEqual([['news'], ['to the room']]);
      expect((await a.adapter.fetchSockets(options([], [], { local: true }))).map(({ id }) => id)).toEqual(['s']);
    });

    it('keeps the order on every node, joins and leaves included', async () => {
      const [a, b] = await startTwo();
      const sockets = [a.addSocket('here'), b.addSocket('there')];
      a.adapter.broadcast(packet('1'), options());
      a.adapter.addSockets(options(), ['r']);
      a.adapter.broadcast(packet('2'), options(['r']));
      a.adapter.delSockets(options(['r']), ['r']);
      a.adapter.broadcast(packet('3'), options(['r']));
      a.adapter.broadcast(packet('4'), options());
      for (const socket of sockets) expect(eventsOf(socket)).toEqual([['1'], ['2'], ['4']]);
    });

    it('reaches rooms and leaves out others on other nodes', async () => {
      const [a, b] = await startTwo();
      const red = b.addSocket('red one', 'red');
      const blue = b.addSocket('blue one', 'red', 'blue');
      a.adapter.broadcast(packet('news'), options(['red'], ['blue'], { volatile: true }));
      expect([red.received.length, blue.received.length]).toEqual([1, 0]);
      expect(red.received[0]!.isVolatile).toBe(true);
    });

    it('keeps what is local to itself', async () => {
      const [a, b] = await startTwo();
      const socket = b.addSocket('s');
      const before = bus.said.length;
      const local = options([], [], { local: true, timeout: 10 });
      a.adapter.broadcast(packet('news'), local);
      a.adapter.broadcastWithAck(packet('news'), local, noOperation, noOperation);
      a.adapter.addSockets(local, ['r']);
      a.adapter.delSockets(local, ['r']);
      a.adapter.disconnectSockets(local, true);
      await a.adapter.fetchSockets(local);
      expect(bus.said.length).toBe(before);
      expect(socket.received).toEqual([]);
    });

    it('disconnects sockets of other nodes', async () => {
      const [a, b] = await startTwo();
      const socket = b.addSocket('s', 'r');
      a.adapter.disconnectSockets(options(['r']), true);
      expect(socket.disconnected).toBe(true);
    });
  });

  describe('with acks', () => {
    const ask = (node: Node): unknown[][] => {
      const told: unknown[][] = [];
      node.adapter.broadcastWithAck(
        packet('who'),
        options([], [], { timeout: 1_000 }),
        (count) => told.push(['count', count]),
        (answer) => told.push(['ack', answer]),
        (missing) => told.push(['lost', missing]),
      );
      return told;
    };

    it('counts and collects over all nodes, and answers the one that asks alone', async () => {
      const [a, b] = await startTwo();
      await start();
      const [here, there] = [a.addSocket('here'), b.addSocket('there')];
      const told = ask(a);
      expect(told).toEqual([
        ['count', 1],
        ['count', 1],
        ['count', 0],
      ]);
      for (const socket of [there, here]) for (const ack of socket.acks.values()) ack(socket.id);
      expect(told.slice(3)).toEqual([
        ['ack', 'there'],
        ['ack', 'here'],
      ]);
      const answers = bus.said.filter(({ message }) => message.type === MessageType.BROADCAST_ACK);
      expect(answers.map(({ to }) => to)).toEqual([a.id]);
    });

    it('tells what was lost with a node', async () => {
      const [a, b] = await startTwo();
      b.addSocket('there');
      const told = ask(a);
      await b.adapter.close();
      expect(told).toEqual([
        ['count', 0],
        ['count', 1],
        ['lost', 1],
      ]);
    });

    it('holds no timer of its own when all have answered', async () => {
      const [a, b] = await startTwo();
      const socket = b.addSocket('there');
      const before = jest.getTimerCount();
      ask(a);
      expect(jest.getTimerCount()).toBe(before + 2);
      for (const ack of socket.acks.values()) ack(1);
      expect(jest.getTimerCount()).toBe(before);
    });
  });

  describe('with questions', () => {
    it('fetches the sockets of all nodes, without what a session middleware left', async () => {
      const [a, b] = await startTwo();
      a.addSocket('here');
      Object.assign(b.addSocket('there', 'r').handshake, { sessionStore: {} });
      const sockets = await a.adapter.fetchSockets(options());
      expect(sockets.map(({ id }) => id)).toEqual(['here', 'there']);
      expect(sockets[1]).toEqual({ id: 'there', handshake: { address: 'here' }, rooms: ['there', 'r'], data: {} });
    });

    it('names who did not answer in time, and has the sockets of the others', async () => {
      const [a, b] = await startTwo();
      const c = await start();
      a.addSocket('a');
      b.addSocket('b');
      c.addSocket('c');
      bus.deaf.add(c.id);
      const outcome = a.adapter.fetchSockets(options()).catch((error: unknown) => error);
      await settle();
      jest.advanceTimersByTime(5_000);
      const error = (await outcome) as { responses: { id: string }[] };
      expect(error).toMatchObject({ code: 'CLUSTER_TIMEOUT', missingNodes: [c.id] });
      expect(error.responses.map(({ id }) => id)).toEqual(['a', 'b']);
    });

    it('waits for requestsTimeout', async () => {
      const a = await start({ requestsTimeout: 70 });
      const b = await start();
      bus.deaf.add(b.id);
      const settled = jest.fn();
      a.adapter.fetchSockets(options()).catch(settled);
      await settle();
      jest.advanceTimersByTime(69);
      await settle();
      expect(settled).not.toHaveBeenCalled();
      jest.advanceTimersByTime(1);
      await settle();
      expect(settled).toHaveBeenCalled();
    });

    it('goes on at once when a node leaves that had not answered', async () => {
      const [a, b] = await startTwo();
      a.addSocket('a');
      bus.deaf.add(b.id);
      const outcome = a.adapter.fetchSockets(options());
      await settle();
      await b.adapter.close();
      expect((await outcome).map(({ id }) => id)).toEqual(['a']);
    });

    it('asks servers, and takes one answer of each', async () => {
      const [a, b] = await startTwo();
      const settled = jest.fn();
      void a.adapter.serverSideEmit(['hello', 1, settled]);
      await settle();
      const [name, argument, answer] = b.host.events[0] as [string, number, (value: unknown) => void];
      expect([name, argument]).toEqual(['hello', 1]);
      answer('first');
      answer('second');
      await settle();
      expect(settled.mock.calls).toEqual([[null, ['first']]]);
      expect(a.host.events).toEqual([]);
    });

    it('asks those that were heard of when the bus cannot count', async () => {
      const countOthers = (): Promise<number> => Promise.reject(new Error('not now'));
      const a = await Node.start(bus, {}, { countOthers });
      const b = await start();
      b.addSocket('s');
      expect((await a.adapter.fetchSockets(options())).map(({ id }) => id)).toEqual(['s']);
      expect(await a.adapter.serverCount()).toBe(2);
    });

    it('names those that were heard of when the bus cannot count', async () => {
      const countOthers = (): Promise<number> => Promise.reject(new Error('not now'));
      const a = await Node.start(bus, { heartbeatTimeout: 60_000, requestsTimeout: 5_000 }, { countOthers });
      const b = await start();
      a.addSocket('s');
      bus.deaf.add(b.id);
      const asked = a.adapter.fetchSockets(options());
      const outcome = expect(asked).rejects.toMatchObject({
        code: 'CLUSTER_TIMEOUT',
        missingNodes: [b.id],
        responses: [{ id: 's' }],
      });
      await jest.advanceTimersByTimeAsync(5_000);
      await outcome;
      await expect(asked).rejects.toBeInstanceOf(ClusterTimeoutError);
    });

    it('waits no longer for nodes that the bus knows to be gone, and asks it only while somebody waits', async () => {
      const askedAbout: (readonly NodeId[])[] = [];
      const gone: NodeId[] = [];
      const findGone = async (nodes: readonly NodeId[]): Promise<NodeId[]> => {
        askedAbout.push(nodes);
        return gone;
      };
      const a = await Node.start(bus, { heartbeatInterval: 1_000 }, { findGone });
      const [member, killed] = [await start(), await start()];
      await jest.advanceTimersByTimeAsync(1_000);
      expect(askedAbout).toEqual([]);
      gone.push(killed.id);
      bus.deaf.add(killed.id);
      const asked = a.adapter.fetchSockets(options());
      await jest.advanceTimersByTimeAsync(1_000);
      expect(await asked).toEqual([]);
      expect(askedAbout).toEqual([[member.id, killed.id]]);
      expect(a.adapter.nodes).toEqual([member.id]);
    });

    it('answers those that send no heartbeats', async () => {
      const a = await start();
      const data = { opts: { rooms: [], except: [], flags: {} }, requestId: 'q' };
      bus.channels.get(a.id)!.receive('stranger', { type: MessageType.FETCH_SOCKETS, data }, false);
      await settle();
      const message = { type: MessageType.FETCH_SOCKETS_RESPONSE, data: { requestId: 'q', sockets: [] } };
      expect(bus.said.at(-1)).toEqual({ from: a.id, to: 'stranger', message });
    });

    it('counts with the bus where it can', async () => {
      const a = await Node.start(bus, {}, { countOthers: () => Promise.resolve(4) });
      expect(await a.adapter.serverCount()).toBe(5);
    });
  });

  describe('with heartbeats', () => {
    const heartbeats = (node: Node): number =>
      bus.said.filter(({ from, message }) => from === node.id && message.type === MessageType.HEARTBEAT).length;

    it('knows the others as soon as they have started', async () => {
      const [a, b] = await startTwo();
      expect([a.adapter.nodes, b.adapter.nodes]).toEqual([[b.id], [a.id]]);
      expect(await a.adapter.serverCount()).toBe(2);
    });

    it('says that it is there when it has said nothing to all for heartbeatInterval', async () => {
      const a = await start({ heartbeatInterval: 3_000 });
      jest.advanceTimersByTime(2_000);
      expect(heartbeats(a)).toBe(0);
      a.adapter.addSockets(options(), ['room']);
      jest.advanceTimersByTime(2_000);
      // A broadcast may be for some nodes alone.
      a.adapter.broadcast(packet('news'), options(['room']));
      expect(heartbeats(a)).toBe(0);
      jest.advanceTimersByTime(1_000);
      expect(heartbeats(a)).toBe(1);
    });

    it('lets go of a node that has been silent for longer than heartbeatTimeout', async () => {
      const a = await start({ heartbeatTimeout: 2_500 });
      const b = await start({ heartbeatInterval: 60_000 });
      jest.advanceTimersByTime(2_000);
      expect(a.adapter.nodes).toEqual([b.id]);
      jest.advanceTimersByTime(1_000);
      expect(a.adapter.nodes).toEqual([]);
      b.adapter.broadcast(packet('back'), options());
      expect(a.adapter.nodes).toEqual([b.id]);
    });

    it('says that it is there after it could not connect: the bus may come back', async () => {
      const failing = Node.start(
        bus,
        { heartbeatInterval: 1_000 },
        { open: () => Promise.reject(new Error('no bus')) },
      );
      await expect(failing).rejects.toThrow('no bus');
      jest.advanceTimersByTime(2_000);
      expect(bus.said.map(({ message }) => message.type)).toEqual([MessageType.HEARTBEAT, MessageType.HEARTBEAT]);
    });

    it('counts those among its nodes that send heartbeats, and forgets those that do not go on', async () => {
      const a = await start({ heartbeatInterval: 1_000, heartbeatTimeout: 3_000 });
      const channel = bus.channels.get(a.id)!;
      const heartbeat = { type: MessageType.HEARTBEAT };
      channel.receive('member', heartbeat);
      channel.heard('other');
      channel.receive('stranger', { type: MessageType.SERVER_SIDE_EMIT, data: { packet: ['hello'] } }, false);
      channel.receive(undefined, heartbeat);
      expect(a.adapter.nodes).toEqual(['member', 'other']);
      expect([...channel.nodes()]).toEqual(['member', 'other']);
      jest.advanceTimersByTime(2_500);
      channel.receive('member', heartbeat);
      jest.advanceTimersByTime(1_500);
      expect(a.adapter.nodes).toEqual(['member']);
    });

    it('takes no emitter for a node', async () => {
      const a = await start();
      const socket = a.addSocket('s');
      const data = { packet: packet('news'), opts: { rooms: [], except: [], flags: {} } };
      bus.channels.get(a.id)!.receive('emitter', { type: MessageType.BROADCAST, data });
      expect(eventsOf(socket)).toEqual([['news']]);
      expect(a.adapter.nodes).toEqual([]);
    });

    it.each(['heartbeatInterval', 'heartbeatTimeout', 'requestsTimeout'])('wants a %s above 0', (name) => {
      expect(() => new ClusterAdapter(new Host(), bus.link(), { [name]: 0 })).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION' }),
      );
    });
  });

  describe('when something is wrong', () => {
    it('counts what is no message, and goes on', async () => {
      const [a, b] = await startTwo();
      const channel = bus.channels.get(a.id)!;
      channel.receive('x', { type: 'garbage' });
      channel.dropMalformed();
      expect(a.adapter.health.malformedMessages).toBe(2);
      expect(a.adapter.nodes).toEqual([b.id]);
    });

    it('reports what a message made a listener throw', async () => {
      const [a, b] = await startTwo();
      const wrong = new Error('of the application');
      b.host.onServerSideEvent = () => {
        throw wrong;
      };
      void a.adapter.serverSideEmit(['hello']);
      expect(b.host.errors).toEqual([[wrong, 'adapter.message']]);
    });

    it.each<[string, () => Promise<void> | void]>([
      ['rejects', () => Promise.reject(new Error('down'))],
      [
        'throws',
        () => {
          throw new Error('down');
        },
      ],
    ])('counts what the bus does not take, and reports the first of an outage, when it %s', async (_how, fail) => {
      const [a] = await startTwo();
      bus.failure = fail;
      for (let n = 0; n < 3; n++) a.adapter.broadcast(packet('news'), options());
      await settle();
      expect(a.adapter.health.failedPublishes).toBe(3);
      expect(a.adapter.health.isUp).toBe(false);
      expect(a.adapter.health.lastError).toEqual(new Error('down'));
      expect(a.host.errors).toEqual([[new Error('down'), 'adapter.publish']]);
      bus.failure = null;
      a.adapter.broadcast(packet('news'), options());
      expect(a.adapter.health.isUp).toBe(true);
      bus.failure = fail;
      a.adapter.broadcast(packet('news'), options());
      await settle();
      expect(a.host.errors).toHaveLength(2);
    });

    it('is as healthy as its link says', async () => {
      const a = await start();
      const channel = bus.channels.get(a.id)!;
      channel.setReachable(false, new Error('gone'));
      expect([a.adapter.health.isUp, a.adapter.health.lastError]).toEqual([false, new Error('gone')]);
      channel.setReachable(true);
      expect(a.adapter.health.isUp).toBe(true);
    });
  });

  describe('with a link that opens rooms', () => {
    it('waits until the first member of a room is reached by other nodes', async () => {
      let open!: () => void;
      const opened: string[] = [];
      const openRoom = (room: string): Promise<void> | void => {
        opened.push(room);
        if (room === 'slow') return new Promise((resolve) => (open = resolve));
      };
      const { adapter } = await Node.start(bus, {}, { openRoom });
      expect(adapter.addAll('a', new Set(['fast']))).toBeUndefined();
      const joining = adapter.addAll('a', new Set(['fast', 'slow'])) as Promise<void>;
      expect(adapter.rooms.has('slow')).toBe(true);
      const joined = jest.fn();
      void joining.then(joined);
      await settle();
      expect(joined).not.toHaveBeenCalled();
      open();
      await joining;
      expect(adapter.addAll('b', new Set(['slow']))).toBeUndefined();
      expect(opened).toEqual(['fast', 'slow']);
    });

    it('closes a room with its last member', async () => {
      const closeRoom = jest.fn<(room: string) => Promise<void>>(() => Promise.reject(new Error('down')));
      const { adapter, host } = await Node.start(bus, {}, { openRoom: noOperation, closeRoom });
      void adapter.addAll('a', new Set(['r', 's']));
      void adapter.addAll('b', new Set(['r']));
      adapter.del('a', 'r');
      adapter.del('a', 'r');
      expect(closeRoom).not.toHaveBeenCalled();
      adapter.delAll('b');
      adapter.delAll('a');
      expect(closeRoom.mock.calls).toEqual([['r'], ['s']]);
      await settle();
      expect(host.errors).toEqual([[new Error('down'), 'adapter.publish']]);
    });
  });

  describe('when it closes', () => {
    it('says goodbye, settles what is open, and leaves no timer', async () => {
      const [a, b] = await startTwo();
      bus.deaf.add(b.id);
      a.addSocket('here');
      const fetched = a.adapter.fetchSockets(options());
      const told: unknown[][] = [];
      const { adapter } = a;
      adapter.broadcastWithAck(
        packet('who'),
        options(['nobody'], [], { timeout: 1_000 }),
        (count) => told.push(['count', count]),
        noOperation,
        (missing) => told.push(['lost', missing]),
      );
      await settle();
      bus.deaf.clear();
      await Promise.all([adapter.close(), adapter.close()]);
      expect((await fetched).map(({ id }) => id)).toEqual(['here']);
      expect(told).toEqual([
        ['count', 0],
        ['lost', 0],
        ['count', 0],
      ]);
      expect(b.adapter.nodes).toEqual([]);
      expect(bus.closed).toBe(1);
      await b.adapter.close();
      expect(jest.getTimerCount()).toBe(0);
    });

    it('says no goodbye when nobody has heard of it', async () => {
      const opening = new Promise<void>(() => {});
      const adapter = new ClusterAdapter(new Host() as never, bus.link({ open: () => opening }));
      void adapter.init();
      await adapter.close();
      expect([bus.said, bus.closed]).toEqual([[], 1]);
    });

    it('says nothing behind its goodbye, though that takes its time', async () => {
      const [a, b] = await startTwo();
      const channel = bus.channels.get(a.id)!;
      let end!: () => void;
      bus.failure = () => new Promise((resolve) => (end = resolve));
      const closing = a.adapter.close();
      bus.failure = null;
      const before = bus.said.length;
      channel.receive(b.id, { type: MessageType.INITIAL_HEARTBEAT });
      expect(bus.said.length).toBe(before);
      end();
      await closing;
      expect(bus.closed).toBe(1);
    });

    it('answers what is asked later with what it has itself', async () => {
      const [a] = await startTwo();
      a.addSocket('here');
      await a.adapter.close();
      expect((await a.adapter.fetchSockets(options())).map(({ id }) => id)).toEqual(['here']);
    });
  });
});

function noOperation(): void {}
