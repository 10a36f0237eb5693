import { inspect } from 'node:util';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { InMemoryAdapter } from '../../lib/adapter/index.js';
import { PacketType } from '../../lib/protocol/index.js';
import { options, RecordingHost, RecordingSocket } from '../contract/adapter.contract.js';

const packet = { type: PacketType.EVENT, nsp: '/chat', data: ['news'] };

function setUp(...ids: string[]) {
  const host = new RecordingHost();
  const adapter = new InMemoryAdapter(host);
  for (const id of ids) {
    host.members.set(id, new RecordingSocket(id, () => adapter));
    adapter.addAll(id, new Set([id]));
  }
  return { host, adapter };
}

/** Counts what is put into sets while something runs. */
function additions(run: () => void): number {
  const add = jest.spyOn(Set.prototype, 'add');
  run();
  const count = add.mock.calls.length;
  add.mockRestore();
  return count;
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the rooms of an adapter', () => {
  it('cost no set for a socket that joins and leaves', () => {
    const { adapter } = setUp('a', 'b', 'c');
    const count = additions(() => {
      for (const id of ['a', 'b']) void adapter.addOne(id, 'room');
      adapter.del('a', 'room');
      adapter.addAll('d', new Set());
      adapter.delAll('b');
    });
    expect(count).toBe(0);
    expect([...adapter.rooms.keys()]).toEqual(['a', 'c']);
  });

  it('look a socket up once, however often it is written to', () => {
    const { host, adapter } = setUp('a', 'b');
    const socket = jest.spyOn(host, 'socket');
    for (let count = 0; count < 3; count++) {
      void adapter.broadcast(packet, options());
      void adapter.broadcast(packet, options(['a']));
    }
    expect(host.members.get('a')!.received).toHaveLength(6);
    expect(socket).toHaveBeenCalledTimes(2);
  });

  it('look again for a socket that comes back under its id', () => {
    const { host, adapter } = setUp('a');
    void adapter.broadcast(packet, options());
    adapter.delAll('a');
    const next = new RecordingSocket('a', () => adapter);
    host.members.set('a', next);
    adapter.addAll('a', new Set(['a']));
    void adapter.broadcast(packet, options());
    expect(next.received).toHaveLength(1);
  });

  it('look again for a socket that was not in the namespace yet', () => {
    const { host, adapter } = setUp();
    adapter.addAll('a', new Set(['a']));
    void adapter.broadcast(packet, options());
    host.members.set('a', new RecordingSocket('a', () => adapter));
    void adapter.broadcast(packet, options());
    expect(host.members.get('a')!.received).toHaveLength(1);
  });

  it('stay in step with the sets that applications hold', () => {
    const { adapter } = setUp('a', 'b');
    const own = adapter.socketRooms('a')!;
    adapter.addAll('a', new Set(['r']));
    const members = adapter.rooms.get('r')!;
    const alone = adapter.rooms.get('b')!;
    adapter.addAll('b', new Set(['r']));
    adapter.addAll('a', new Set(['b']));
    expect([own, members, alone]).toEqual([new Set(['a', 'r', 'b']), new Set(['a', 'b']), new Set(['b', 'a'])]);
    expect(adapter.sids.get('a')).toBe(own);
    expect(adapter.rooms.get('r')).toBe(members);
    adapter.delAll('a');
    adapter.del('b', 'b');
    expect([own.size, members, alone.size]).toEqual([0, new Set(['b']), 0]);
    expect(adapter.socketRooms('b')).toEqual(new Set(['r']));
  });

  it('are read as maps', () => {
    const { adapter } = setUp('a', 'b');
    adapter.addAll('b', new Set(['r']));
    const { rooms, sids } = adapter;
    expect([rooms instanceof Map, rooms.size, sids.size]).toEqual([true, 3, 2]);
    expect([rooms.has('r'), rooms.has('a'), rooms.has('x'), sids.has('r')]).toEqual([true, true, false, false]);
    expect(rooms.get('x')).toBeUndefined();
    expect(sids.get('x')).toBeUndefined();
    const entries = [
      ['a', new Set(['a'])],
      ['b', new Set(['b'])],
      ['r', new Set(['b'])],
    ];
    expect([...rooms]).toEqual(entries);
    expect([...rooms.entries()]).toEqual(entries);
    const seen: unknown[] = [];
    rooms.forEach((set, room, map) => seen.push([room, set, map === rooms]));
    expect(seen).toEqual(entries.map(([room, set]) => [room, set, true]));
    expect([...sids.values()]).toEqual([new Set(['a']), new Set(['b', 'r'])]);
    expect(inspect(sids)).toContain("'b' => Set(2) { 'b', 'r' }");
    expect(new Map(rooms).size).toBe(3);
  });

  it('are not changed through their maps', () => {
    const { adapter } = setUp('a');
    expect(() => adapter.rooms.set('r', new Set(['a']))).toThrow('addAll()');
    expect(() => adapter.rooms.delete('a')).toThrow('del()');
    expect(() => adapter.sids.clear()).toThrow('delAll()');
  });

  it('leave nobody out when members leave during a broadcast', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const { host, adapter } = setUp(...ids);
    for (const id of ids) adapter.addAll(id, new Set(['r', 'other']));
    jest.spyOn(host.members.get('b')!, 'notifyOutgoing').mockImplementation(() => {
      for (const id of ['a', 'b', 'd']) adapter.delAll(id);
      adapter.addAll('f', new Set(['r']));
    });
    host.members.set('f', new RecordingSocket('f', () => adapter));
    void adapter.broadcast(packet, options(['r']));
    // `d` had left before it was its turn; `f` came before the end.
    expect([...ids, 'f'].map((id) => host.members.get(id)!.received.length)).toEqual([1, 1, 1, 0, 1, 1]);
    void adapter.broadcast(packet, options(['r']));
    expect([...ids, 'f'].map((id) => host.members.get(id)!.received.length)).toEqual([1, 1, 2, 0, 2, 2]);
    expect(adapter.rooms.get('r')).toEqual(new Set(['c', 'e', 'f']));
  });

  it('are walked again after a listener that throws', () => {
    const { host, adapter } = setUp('a', 'b');
    for (const id of ['a', 'b']) adapter.addAll(id, new Set(['r']));
    jest.spyOn(host.members.get('a')!, 'notifyOutgoing').mockImplementationOnce(() => {
      adapter.del('a', 'r');
      throw new Error('thrown by the application');
    });
    expect(() => adapter.broadcast(packet, options(['r']))).toThrow('thrown by the application');
    adapter.addAll('a', new Set(['r']));
    adapter.del('b', 'r');
    void adapter.broadcast(packet, options(['r']));
    expect([...host.members.values()].map(({ received }) => received.length)).toEqual([1, 0]);
  });

  it('honour an addAll that an application has put in its place', () => {
    class Counting extends InMemoryAdapter {
      joined: string[] = [];
      override addAll(id: string, rooms: Set<string>): void {
        this.joined.push(...rooms);
        super.addAll(id, rooms);
      }
    }
    const adapter = new Counting(new RecordingHost());
    void adapter.addOne('a', 'r');
    expect([adapter.joined, adapter.rooms.has('r')]).toEqual([['r'], true]);
  });

  it('are those of two maps of sets, whatever joins and leaves', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd');
    const room = fc.oneof(id, fc.integer({ min: 0, max: 24 }).map(String));
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('join' as const), id, room }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('leave' as const), id, room }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('leaveAll' as const), id, room }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('look' as const), id, room }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.array(room), fc.array(room), (steps, rooms, except) => {
        const { host, adapter } = setUp('a', 'b', 'c', 'd');
        const model = new Map(['a', 'b', 'c', 'd'].map((each) => [each, new Set([each])]));
        for (const { kind, id: socket, room: name } of steps) {
          if (kind === 'join') {
            void adapter.addOne(socket, name);
            model.set(socket, (model.get(socket) ?? new Set<string>()).add(name));
          } else if (kind === 'leave') {
            adapter.del(socket, name);
            model.get(socket)?.delete(name);
          } else if (kind === 'leaveAll') {
            adapter.delAll(socket);
            model.delete(socket);
          } else {
            adapter.rooms.get(name);
            adapter.socketRooms(socket);
          }
        }
        const isIn = (own: ReadonlySet<string>, names: readonly string[]): boolean =>
          names.some((each) => own.has(each));
        void adapter.broadcast(packet, options(rooms, except));
        const reached = [...host.members.values()].flatMap(({ id: each, received }) => received.map(() => each));
        const expected = [...model].filter(([, own]) => (rooms.length === 0 || isIn(own, rooms)) && !isIn(own, except));
        expect(reached.toSorted()).toEqual(expected.map(([each]) => each).toSorted());
        const byRoom = new Map<string, Set<string>>();
        for (const [socket, own] of model) {
          for (const each of own) byRoom.set(each, (byRoom.get(each) ?? new Set<string>()).add(socket));
        }
        expect(adapter.rooms.size).toBe(byRoom.size);
        expect(new Map(adapter.rooms)).toEqual(byRoom);
        expect(new Map(adapter.sids)).toEqual(model);
      }),
    );
  });
});
