import { describe, expect, it } from '@jest/globals';
import type { Server } from '../../../lib/server/index.js';
import { eventually, type Cluster, type ClusterDescription, type Members } from './cluster.js';
import { ackTimeout } from './cluster-node.js';

type Answer = (...args: unknown[]) => void;

interface Outcome {
  readonly error: string | null;
  readonly answers: unknown[];
}

/** Every client answers with its name, and with what it was asked. */
function answer(members: Members): void {
  for (const { name, client } of Object.values(members)) {
    client.on('who', (...args: unknown[]) => (args.pop() as Answer)({ name, args }));
  }
}

function names(answers: readonly unknown[]): string[] {
  return answers.map((each) => (each as { name: string }).name).sort();
}

const byCallback = (io: Server, timeout: number, room: string): Promise<Outcome> =>
  new Promise((resolve) => {
    io.timeout(timeout)
      .to(room)
      .emit('who', 1, (error: Error | null, answers: unknown[]) => resolve({ error: error?.message ?? null, answers }));
  });

const byPromise = async (io: Server, timeout: number, room: string): Promise<Outcome> => {
  try {
    return { error: null, answers: await io.timeout(timeout).to(room).emitWithAck('who', 1) };
  } catch (error) {
    return { error: (error as Error).message, answers: (error as { responses: unknown[] }).responses };
  }
};

const ways: [name: string, ask: typeof byPromise][] = [
  ['callback', byCallback],
  ['promise', byPromise],
];

/** Questions that are asked on one node and answered on both. */
export function describeAcks(current: () => Cluster, nodes: ClusterDescription['nodes']): void {
  describe.each(ways)('a broadcast with ack, by %s', (_name, ask) => {
    it('is answered once by every client that it reaches, on both nodes', async () => {
      const members = await current().members();
      answer(members);
      const { error, answers } = await current().a.evaluate(ask, 10_000, 'red');
      expect(error).toBeNull();
      expect(names(answers)).toEqual(['a1', 'b1']);
      for (const each of answers) expect(each).toMatchObject({ args: [1] });
    });

    it('ends at once when it reaches nobody', async () => {
      await current().members();
      expect(await current().a.evaluate(ask, 10_000, 'empty')).toEqual({ error: null, answers: [] });
    });

    it('is answered by clients of the other node alone', async () => {
      answer(await current().members());
      const { error, answers } = await current().a.evaluate(ask, 10_000, 'b');
      expect([error, names(answers)]).toEqual([null, ['b2']]);
    });

    it.each(['a1', 'b1'] as const)('ends with the answers that came, when %s gives none', async (silent) => {
      const members = await current().members();
      answer(members);
      members[silent].client.off('who');
      const { error, answers } = await current().a.evaluate(ask, 250, 'red');
      expect(error).toBe('operation has timed out');
      expect(names(answers)).toEqual([silent === 'a1' ? 'b1' : 'a1']);
    });
  });

  describe('a broadcast with ack', () => {
    it('carries bytes both ways', async () => {
      const { b2 } = await current().members();
      b2.client.on('bytes', (bytes: Buffer, ack: Answer) => ack(Buffer.from(bytes).reverse()));
      const answers = await current().a.evaluate((io): Promise<unknown[]> =>
        io
          .timeout(10_000)
          .to('b')
          .emitWithAck('bytes', Buffer.from([1, 2, 3])),
      );
      expect(answers).toEqual([Buffer.from([3, 2, 1])]);
    });

    it('stays on its node when it is local', async () => {
      answer(await current().members());
      // Every node is counted, so it ends with its time.
      const { error, answers } = await current().a.evaluate(async (io): Promise<Outcome> => {
        try {
          return { error: null, answers: await io.local.timeout(250).emitWithAck('who') };
        } catch (reason) {
          return { error: (reason as Error).message, answers: (reason as { responses: unknown[] }).responses };
        }
      });
      expect(names(answers)).toEqual(['a1', 'a2']);
      expect([null, 'operation has timed out']).toContain(error);
    });

    it('takes the first answer of a client, and none that is too late', async () => {
      const { b2 } = await current().members();
      let late!: () => void;
      b2.client.on('who', (_n: number, ack: Answer) => (late = () => ack('late')));
      expect(await current().a.evaluate(byPromise, 300, 'b')).toMatchObject({ answers: [] });
      late();
      // What came behind it has been answered: the late one has been taken too.
      b2.client.off('who').on('who', (_n: number, ack: Answer) => ack({ name: 'b2' }));
      const { answers } = await current().a.evaluate(byPromise, 10_000, 'b');
      expect(names(answers)).toEqual(['b2']);
    });

    // The published server keeps them until the client leaves.
    const places = (
      [
        ['the node that asked', 'a', 'a1'],
        ['the other node', 'b', 'b1'],
      ] as const
    ).filter((_place, index) => nodes[index] === 'rookery');
    it.each(places)('leaves nothing behind on %s when a client gives no answer', async (_where, at, silent) => {
      const node = current()[at];
      const members = await current().members();
      answer(members);
      members[silent].client.off('who');
      const before = await node.openAcks();
      const { error } = await current().a.evaluate(byPromise, ackTimeout / 2, 'red');
      expect(error).toBe('operation has timed out');
      await eventually('no ack is open any more', async () => (await node.openAcks()) === before);
    });
  });
}
