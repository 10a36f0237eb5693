import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OpCode } from '../../lib/presence/presence-message.js';
import { SimulatedNetwork, times, type SimulatedNode } from './simulated-nodes.js';

/** Nodes that know each other. */
function started(count: number, more: object = {}): { network: SimulatedNetwork; nodes: SimulatedNode[] } {
  const network = new SimulatedNetwork(more);
  const nodes = Array.from({ length: count }, (_, index) => network.add(`n${index}`));
  network.pass(3_000);
  return { network, nodes };
}

const types = ({ said }: SimulatedNode): string[] => said.map(({ t }) => t);

describe('replication', () => {
  it('sends the changes of one turn in one message', () => {
    const { network, nodes } = started(2);
    const [a, b] = nodes as [SimulatedNode, SimulatedNode];
    a.said.length = 0;
    for (let n = 0; n < 100; n++) a.set('room', `s${n}`);
    a.replication.remove('room', 's5', 'left');
    network.deliver();
    expect(types(a)).toEqual(['delta']);
    expect(b.view).toEqual(a.own);
    expect(b.view.length).toBe(99);
  });

  it('says nothing while it has never had a member', () => {
    const { network, nodes } = started(2);
    for (const node of nodes) node.said.length = 0;
    network.pass(20_000);
    expect(nodes.flatMap(types)).toEqual([]);
  });

  it('heals what was lost with the next heartbeat', () => {
    const { network, nodes } = started(2);
    const [a, b] = nodes as [SimulatedNode, SimulatedNode];
    a.set('room', 's1');
    network.deliver();
    a.set('room', 's2', 's2', { name: 'Ada' });
    network.clock.advance(0);
    network.letters = [];
    expect(b.view.length).toBe(1);
    network.pass(times.heartbeatInterval + 500);
    expect(b.view).toEqual(a.own);
  });

  it('asks for the whole when versions are missing, and only that node', () => {
    const { network, nodes } = started(3);
    const [a, b, c] = nodes as [SimulatedNode, SimulatedNode, SimulatedNode];
    c.set('room', 'other');
    a.set('room', 's1');
    network.clock.advance(0);
    network.letters = network.letters.filter(({ to, message }) => to !== b || message.n !== 'n0');
    network.deliver();
    for (const node of nodes) node.said.length = 0;
    network.clock.advance(500);
    a.set('room', 's2');
    network.deliver();
    expect(b.view).toEqual([...a.own, ...c.own].sort());
    expect(nodes.map(types)).toEqual([['delta', 'state'], ['ask'], []]);
  });

  it('lets go of a node that is silent, and takes it back whole', () => {
    const { network, nodes } = started(2);
    const [a, b] = nodes as [SimulatedNode, SimulatedNode];
    a.set('room', 's1');
    network.deliver();
    a.isPaused = true;
    network.pass(times.heartbeatTimeout - 1_000);
    expect(b.view.length).toBe(1);
    network.pass(2_000);
    expect(b.events).toEqual(['join room s1', 'leave room s1: node lost']);
    a.isPaused = false;
    network.pass(2_000);
    expect(b.view).toEqual(a.own);
  });

  it('does not let go of the others when it was itself that stood still', () => {
    const { network, nodes } = started(2);
    const [a, b] = nodes as [SimulatedNode, SimulatedNode];
    b.set('room', 's1');
    network.deliver();
    a.isPaused = true;
    network.pass(times.heartbeatTimeout * 3);
    a.isPaused = false;
    // The timers of a process that resumes run before it reads anything.
    a.replication.tick();
    expect(a.events).toEqual(['join room s1']);
    network.pass(1_000);
    expect(a.events).toEqual(['join room s1']);
  });

  it('lets go in time of one that it hears of last when it goes on itself', () => {
    const { network, nodes } = started(2);
    const [a, b] = nodes as [SimulatedNode, SimulatedNode];
    b.isPaused = true;
    network.pass(times.heartbeatTimeout * 3);
    b.isPaused = false;
    // Its last word, read before the timers run.
    b.replication.receive({ t: 'delta', n: 'n0', f: 0, o: [[OpCode.set, 'room', 's1']] });
    a.isPaused = true;
    network.pass(times.heartbeatTimeout + 2_000);
    expect(b.events).toEqual(['join room s1', 'leave room s1: node lost']);
  });

  it('lets go of a node that says goodbye at once, or after the delay; what it said before comes too late', () => {
    const { network, nodes } = started(2);
    const [a, b] = nodes as [SimulatedNode, SimulatedNode];
    a.set('room', 's1');
    network.deliver();
    const [delta] = a.said.filter(({ t }) => t === 'delta');
    a.replication.close();
    network.deliver();
    expect(b.events).toEqual(['join room s1', 'leave room s1: node left']);
    b.replication.receive(delta);
    expect(b.view).toEqual([]);

    const delayed = started(2, { leaveDelay: 700 });
    const [c, d] = delayed.nodes as [SimulatedNode, SimulatedNode];
    c.set('room', 's1');
    delayed.network.deliver();
    c.replication.close();
    delayed.network.deliver();
    delayed.network.clock.advance(699);
    expect(d.events).toEqual(['join room s1']);
    delayed.network.clock.advance(1);
    expect(d.events).toEqual(['join room s1', 'leave room s1: node left']);
  });

  it('sends a large state in parts of bounded size, and takes it once it is whole', () => {
    const { network, nodes } = started(1);
    const [a] = nodes as [SimulatedNode];
    for (let n = 0; n < 2_000; n++) a.set(`room:${n % 7}`, `s${n}`, `user ${n}`, { text: 'x'.repeat(n % 200) });
    network.deliver();
    a.said.length = 0;
    const b = network.add('late');
    network.pass(1_000);
    const parts = a.said.filter(({ t }) => t === 'state');
    expect(parts.length).toBeGreaterThan(4);
    expect(Math.max(...parts.map((part) => JSON.stringify(part).length))).toBeLessThan(70_000);
    expect(b.view).toEqual(a.own);
    // What one of the parts lacks is not taken for all there is.
    const c = network.add('later');
    network.clock.advance(0);
    c.replication.receive(parts[0]);
    expect(c.view).toEqual([]);
  });

  it('answers many who ask with the whole a few times in a second', () => {
    const { network, nodes } = started(1);
    const [a] = nodes as [SimulatedNode];
    a.set('room', 's1');
    network.deliver();
    a.said.length = 0;
    for (let n = 0; n < 100; n++) {
      a.replication.receive({ t: 'ask', n: `asker ${n}`, to: ['n0'] });
      network.clock.advance(10);
    }
    const states = types(a).filter((type) => type === 'state').length;
    expect(states).toBeGreaterThanOrEqual(3);
    expect(states).toBeLessThanOrEqual(6);
  });

  it('counts and drops what is no message', () => {
    const { nodes } = started(1);
    const [{ replication, view }] = nodes as [SimulatedNode];
    const name = 'x'.repeat(1_025);
    const wrong = [
      null,
      'hello',
      {},
      { t: 'hello' },
      { t: 'hello', n: name },
      { t: 'constructor', n: 'x' },
      { t: 'beat', n: 'x', v: -1, c: 0 },
      { t: 'delta', n: 'x', f: 0, o: [] },
      { t: 'delta', n: 'x', f: 0, o: [[1, 'room', '']] },
      { t: 'delta', n: 'x', f: 0, o: [[7, 'room', 'id']] },
      { t: 'delta', n: 'x', f: 0, o: [[1, name, 'id']] },
      { t: 'delta', n: 'x', f: 0, o: [[1, 'room', 'id', 0, 'x'.repeat(65_537)]] },
      { t: 'delta', n: 'x', f: 0, o: [[1, 'room', 'id', 0, 1n]] },
      { t: 'delta', n: 'x', f: 0, o: Array.from({ length: 1_001 }, () => [0, 'room', 'id']) },
      { t: 'state', n: 'x', v: 1, i: 1, of: 1, o: [] },
      { t: 'state', n: 'x', v: 1, i: 0, of: 1, o: [[0, 'room', 'id']] },
      { t: 'ask', n: 'x', to: 'everyone' },
    ];
    for (const each of wrong) replication.receive(each);
    expect(replication.malformed).toBe(wrong.length);
    expect(view).toEqual([]);
  });

  it('keeps a bounded number of nodes, however many a bus makes up', () => {
    const { nodes } = started(1);
    const [{ replication }] = nodes as [SimulatedNode];
    for (let n = 0; n < 3_000; n++) replication.receive({ t: 'beat', n: `made up ${n}`, v: 1, c: 1 });
    expect(replication.nodes).toBe(1_024);
  });

  it('shows the connections of a member in one order on every node', () => {
    const { network, nodes } = started(3);
    const [a, b, c] = nodes as [SimulatedNode, SimulatedNode, SimulatedNode];
    c.set('room', 'z', 'ada', 3);
    a.set('room', 'y', 'ada', 1);
    b.set('room', 'x', 'ada', 2);
    network.deliver();
    for (const { roster } of nodes) {
      expect(roster.membersOf('room').map(({ connections }) => connections.map(({ id }) => id))).toEqual([
        ['x', 'y', 'z'],
      ]);
    }
    c.replication.remove('room', 'z', 'left');
    a.replication.remove('room', 'y', 'left');
    network.deliver();
    b.replication.remove('room', 'x', 'disconnected');
    network.deliver();
    const ends = nodes.map(({ events }) => [events[0], events.at(-1), events.length]);
    for (const end of ends) expect(end).toEqual(['join room ada', 'leave room ada: disconnected', 6]);
  });

  type Step =
    | {
        readonly does: 'set' | 'remove';
        readonly node: number;
        readonly room: number;
        readonly socket: number;
        readonly value: number;
      }
    | { readonly does: 'lose' | 'repeat' | 'swap' | 'bring'; readonly at: number }
    | { readonly does: 'kill' | 'close' | 'pause' | 'resume'; readonly node: number }
    | { readonly does: 'grow' }
    | { readonly does: 'wait'; readonly time: number };

  const few = fc.nat(5);
  const change = fc.record({
    does: fc.constantFrom('set' as const, 'set' as const, 'remove' as const),
    node: few,
    room: fc.nat(1),
    socket: fc.nat(2),
    value: few,
  });
  const fault = fc.record({ does: fc.constantFrom('lose', 'repeat', 'swap', 'bring'), at: fc.nat(40) });
  const death = fc.record({ does: fc.constantFrom('kill', 'close', 'pause', 'resume'), node: few });
  const step = fc.oneof(
    { weight: 8, arbitrary: change },
    { weight: 8, arbitrary: fault },
    { weight: 2, arbitrary: death },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('grow') }) },
    { weight: 4, arbitrary: fc.record({ does: fc.constant('wait'), time: fc.constantFrom(0, 250, 1_500, 6_000) }) },
  ) as fc.Arbitrary<Step>;

  it('converges, whatever is lost, repeated or overtaken, and whoever dies or comes back', () => {
    let moved = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
        const network = new SimulatedNetwork();
        for (const id of ['a', 'b', 'c']) network.add(id);
        const everyone = [...network.nodes];
        let made = 0;
        for (const each of steps) run(network, everyone, each, () => `new${made++}`);
        for (const node of network.nodes) node.isPaused = false;
        network.pass(times.heartbeatTimeout * 3);
        const all = network.nodes.flatMap(({ own }) => own).sort();
        moved += all.length;
        for (const { view } of network.nodes) expect(view).toEqual(all);
        for (const { events } of everyone) assertPaired(events);
      }),
      { numRuns: 400 },
    );
    expect(moved).toBeGreaterThan(0);
  });

  function run(network: SimulatedNetwork, everyone: SimulatedNode[], each: Step, nameOf: () => string): void {
    const { nodes, letters } = network;
    const node = 'node' in each ? nodes[each.node % Math.max(1, nodes.length)] : undefined;
    switch (each.does) {
      case 'set':
        // Some keys are of several sockets, on several nodes.
        node?.set(`room${each.room}`, `${node.id}-${each.socket}`, `user${each.socket % 2}`, each.value);
        network.clock.advance(0);
        return;
      case 'remove':
        node?.replication.remove(`room${each.room}`, `${node.id}-${each.socket}`, 'left');
        network.clock.advance(0);
        return;
      case 'lose':
        letters.splice(each.at % Math.max(1, letters.length), 1);
        return;
      case 'repeat':
        if (letters.length > 0) letters.push(letters[each.at % letters.length]!);
        return;
      case 'swap':
        if (letters.length > 0) letters.unshift(letters.splice(each.at % letters.length, 1)[0]!);
        return;
      case 'bring': {
        const [letter] = letters.splice(each.at % Math.max(1, letters.length), 1);
        if (letter !== undefined && !letter.to.isPaused) letter.to.replication.receive(letter.message);
        return;
      }
      case 'kill':
        if (node !== undefined && nodes.length > 1) network.kill(node);
        return;
      case 'close':
        if (node === undefined || nodes.length < 2 || node.isPaused) return;
        node.replication.close();
        nodes.splice(nodes.indexOf(node), 1);
        network.letters = letters.filter(({ to }) => to !== node);
        return;
      case 'pause':
        if (node !== undefined) node.isPaused = true;
        return;
      case 'resume':
        if (node !== undefined) node.isPaused = false;
        return;
      case 'grow':
        if (nodes.length < 5) everyone.push(network.add(nameOf()));
        return;
      case 'wait':
        network.clock.advance(each.time);
        for (const one of nodes) if (!one.isPaused) one.replication.tick();
    }
  }

  /** Each member joins, changes and leaves, in this order. */
  function assertPaired(events: readonly string[]): void {
    const present = new Set<string>();
    for (const event of events) {
      const [, what, member] = /^(\w+) (\S+ \S+?)(?::.*)?$/.exec(event)!;
      expect(present.has(member!)).toBe(what !== 'join');
      if (what === 'join') present.add(member!);
      if (what === 'leave') present.delete(member!);
    }
  }
});
