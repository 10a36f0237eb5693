import { describe, expect, it } from '@jest/globals';
import { InMemoryAdapter } from '../../lib/adapter/index.js';
import type { BroadcastOperator, DefaultEventsMap, Server } from '../../lib/server/index.js';
import { startTestServer } from '../../lib/testing/index.js';
import { handled, members } from './support.js';

type Asking = Server | BroadcastOperator<DefaultEventsMap, unknown>;

/** Asks by callback; resolves with what it is called with. */
function ask(from: Asking, ...args: unknown[]): Promise<unknown[]> {
  return new Promise((resolve) => {
    from.emit('question', ...args, (...outcome: unknown[]) => resolve(outcome));
  });
}

const timedOut = expect.objectContaining({ code: 'ACK_TIMEOUT', message: 'operation has timed out' }) as unknown;

describe('a broadcast with an ack', () => {
  it('collects the first argument of every answer', async () => {
    await using server = await startTestServer();
    const [a, b] = await members(server, 2);
    const outcome = ask(server.io, 1);
    expect([await a!.client.next(), await b!.client.next()]).toEqual(['420["question",1]', '420["question",1]']);
    b!.client.send('430["b","ignored"]');
    await handled(b!);
    a!.client.send('430["a"]');
    expect(await outcome).toEqual([null, ['b', 'a']]);
  });

  it('resolves with every answer', async () => {
    await using server = await startTestServer((io) => io.of('/admin'));
    const all = await members(server, 2);
    for (const { client } of all) await client.join('/admin');
    const answers = server.io.of('/admin').timeout(60_000).emitWithAck('question');
    for (const { client } of all) {
      expect(await client.next()).toBe('42/admin,0["question"]');
      client.send('43/admin,0[1]');
    }
    expect(await answers).toEqual([1, 1]);
  });

  it('asks the members of a room, or everyone else', async () => {
    await using server = await startTestServer();
    const [a, b] = await members(server, 2);
    void a!.socket.join('room');
    const one = server.io.to('room').emitWithAck('question');
    a!.client.send('430["a"]');
    expect(await one).toEqual(['a']);
    const other = a!.socket.broadcast.emitWithAck('question');
    b!.client.send('431["b"]');
    expect(await other).toEqual(['b']);
  });

  it('counts one answer of each client', async () => {
    await using server = await startTestServer();
    const [a, b] = await members(server, 2);
    const answers = server.io.emitWithAck('question');
    a!.client.send('430["a"]');
    a!.client.send('430["again"]');
    await handled(a!);
    b!.client.send('430["b"]');
    expect(await answers).toEqual(['a', 'b']);
  });

  it('has no answers when nobody is asked', async () => {
    await using server = await startTestServer();
    expect(await ask(server.io)).toEqual([null, []]);
    expect(await ask(server.io.to('nobody').timeout(60_000))).toEqual([null, []]);
    expect(await server.io.emitWithAck('question')).toEqual([]);
    expect(await server.io.timeout(60_000).emitWithAck('question')).toEqual([]);
  });

  it('ends with an error and the answers that came in time', async () => {
    await using server = await startTestServer();
    const [a] = await members(server, 2);
    const byCallback = ask(server.io.timeout(30));
    const byPromise = server.io.timeout(30).emitWithAck('question');
    a!.client.send('430["a"]');
    a!.client.send('431["a"]');
    expect(await byCallback).toEqual([timedOut, ['a']]);
    await expect(byPromise).rejects.toMatchObject({ code: 'ACK_TIMEOUT', responses: ['a'] });
  });

  it('waits as long as its server says when it says nothing itself', async () => {
    await using server = await startTestServer(undefined, { ackTimeout: 30 });
    const [a] = await members(server, 2);
    const byCallback = ask(server.io);
    const byPromise = server.io.emitWithAck('question');
    a!.client.send('430["a"]');
    expect(await byCallback).toEqual([timedOut, ['a']]);
    await expect(byPromise).rejects.toMatchObject({ code: 'ACK_TIMEOUT', responses: [] });
  });

  it('ignores what comes too late', async () => {
    await using server = await startTestServer();
    const [a] = await members(server, 1);
    const calls: unknown[][] = [];
    await new Promise<void>((resolve) => {
      server.io.timeout(10).emit('question', (...outcome: unknown[]) => {
        calls.push(outcome);
        resolve();
      });
    });
    a!.client.send('430["late"]');
    await handled(a!);
    expect(calls).toEqual([[timedOut, []]]);
  });

  it('goes on without a client that leaves while it is asked', async () => {
    await using server = await startTestServer();
    const [a, b] = await members(server, 2);
    const answers = server.io.timeout(50).emitWithAck('question');
    a!.client.send('430["a"]');
    await b!.client.close();
    await expect(answers).rejects.toMatchObject({ code: 'ACK_TIMEOUT', responses: ['a'] });
  });

  it('waits for every node, whenever it is heard', async () => {
    class TwoNodes extends InMemoryAdapter {
      override serverCount(): Promise<number> {
        return Promise.resolve(2);
      }
      override broadcastWithAck(
        ...[packet, options, onClientCount, onAck]: Parameters<InMemoryAdapter['broadcastWithAck']>
      ): void {
        setImmediate(() => {
          onAck('from the other node');
          onClientCount(1);
        });
        super.broadcastWithAck(packet, options, onClientCount, onAck);
      }
    }
    await using server = await startTestServer(undefined, { adapter: TwoNodes });
    const [a] = await members(server, 1);
    const answers = server.io.timeout(60_000).emitWithAck('question');
    a!.client.send('430["from this node"]');
    expect((await answers).sort()).toEqual(['from the other node', 'from this node']);
  });

  it('is over once it is over, whatever an adapter still hears', async () => {
    const late: (() => void)[] = [];
    class LateAdapter extends InMemoryAdapter {
      override broadcastWithAck(...[, , onClientCount, onAck]: Parameters<InMemoryAdapter['broadcastWithAck']>): void {
        onClientCount(2);
        onAck('in time');
        late.push(() => onAck('late'));
      }
    }
    await using server = await startTestServer(undefined, { adapter: LateAdapter });
    const calls: unknown[][] = [];
    const called = new Promise<void>((resolve) => {
      server.io.timeout(10).emit('question', (...outcome: unknown[]) => {
        calls.push(outcome);
        resolve();
      });
    });
    await called;
    for (const answer of late) answer();
    expect(calls).toEqual([[timedOut, ['in time']]]);
  });

  it('fails when the nodes cannot be counted', async () => {
    class Uncounted extends InMemoryAdapter {
      override serverCount(): Promise<number> {
        return Promise.reject(new Error('no bus'));
      }
    }
    await using server = await startTestServer(undefined, { adapter: Uncounted });
    await members(server, 1);
    await expect(server.io.timeout(60_000).emitWithAck('question')).rejects.toMatchObject({
      message: 'no bus',
      responses: [],
    });
    expect(await ask(server.io.timeout(60_000))).toEqual([expect.objectContaining({ message: 'no bus' }), []]);
  });
});

describe('an event for the other servers', () => {
  it('is heard by nobody where there is one server, and has no answers', async () => {
    const heard: unknown[] = [];
    await using server = await startTestServer((io) => io.on('hello', () => heard.push('hello')));
    const nsp = server.io.of('/admin');
    for (const host of [server.io, nsp]) {
      expect(host.serverSideEmit('hello', 1)).toBe(true);
      expect(await host.serverSideEmitWithAck('hello', 1)).toEqual([]);
      const outcome = new Promise((resolve) => {
        host.serverSideEmit('hello', (...args: unknown[]) => resolve(args));
      });
      expect(await outcome).toEqual([null, []]);
    }
    expect(heard).toEqual([]);
  });

  it.each(['connect', 'connection', 'new_namespace'])('cannot be named %s', async (name) => {
    await using server = await startTestServer();
    const refusal = expect.objectContaining({
      code: 'INVALID_EVENT_NAME',
      message: `"${name}" is a reserved event name`,
    }) as never;
    expect(() => server.io.serverSideEmit(name)).toThrow(refusal);
    expect(() => server.io.of('/admin').serverSideEmit(name)).toThrow(refusal);
    await expect(server.io.serverSideEmitWithAck(name)).rejects.toEqual(refusal);
  });

  it('comes from an adapter to the listeners of the namespace', async () => {
    const sent: unknown[][] = [];
    class Loopback extends InMemoryAdapter {
      override serverSideEmit(args: unknown[]): void {
        sent.push(args);
        this.nsp.onServerSideEvent(args.filter((arg) => typeof arg !== 'function'));
        const ack = args.at(-1);
        if (typeof ack === 'function') ack(new Error('no answer'), ['partial']);
      }
    }
    const heard: unknown[] = [];
    await using server = await startTestServer((io) => io.on('hello', (...args: unknown[]) => heard.push(args)), {
      adapter: Loopback,
    });
    server.io.serverSideEmit('hello', 1, { a: 2 });
    expect(heard).toEqual([[1, { a: 2 }]]);
    await expect(server.io.serverSideEmitWithAck('hello', 3)).rejects.toMatchObject({
      message: 'no answer',
      responses: ['partial'],
    });
    expect(sent.map((args) => args.slice(0, 2))).toEqual([
      ['hello', 1],
      ['hello', 3],
    ]);
  });
});
