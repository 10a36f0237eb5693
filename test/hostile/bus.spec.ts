import { expect, it, jest } from '@jest/globals';
import { buses } from '../cluster/faults/buses.js';
import type { ClusterNode } from '../interop/published-adapters/cluster-node.js';
import { describeWith } from '../support/debian.js';
import { BesiegedCrew } from './bus/besieged-crew.js';
import { garbage, wrongMessages } from './bus/messages.js';
import { droppedBy, fetchWithDeepData, idOf, sayTooDeep, sharedFields } from './bus/questions.js';

jest.setTimeout(120_000);

/** How many messages of nobody come at once. */
const floodSize = 100_000;
const batchSize = 1_000;
/** Deeper than any JSON encoder writes. */
const tooDeep = 200_000;

for (const bus of buses) {
  describeWith(bus.broker.needs, `anybody on the bus: ${bus.name}`, () => {
    // Between the processes of one application only its own code speaks: nobody takes the name of a node, repeats or floods.
    const isPrivate = bus.name === 'node:cluster';
    const besieged = BesiegedCrew.of(bus);

    /** By both nodes. */
    const dropped = async (): Promise<number> => {
      const counts = await Promise.all(besieged.crew.nodes.map(droppedBy));
      return counts.reduce((sum, count) => sum + count, 0);
    };

    /** Says it wherever somebody listens, many at a time. */
    const sayEverywhere = async (messages: readonly Buffer[]): Promise<void> => {
      for (const place of await besieged.intruder.places()) {
        for (let start = 0; start < messages.length; start += batchSize) {
          await besieged.intruder.say(place, messages.slice(start, start + batchSize));
        }
      }
    };

    it.each(garbage)('reads what is none, and goes on: %s', async (_name, bytes) => {
      await sayEverywhere([bytes]);
      await besieged.witnesses.hearEachNode();
    });

    it('has counted what it could not read', async () => {
      expect(await dropped()).toBeGreaterThan(0);
    });

    it('goes on behind messages in which something is not what it has to be', async () => {
      const ids = isPrivate ? [] : await Promise.all(besieged.crew.nodes.map(idOf));
      await sayEverywhere(wrongMessages('intruder'));
      // In the name of nodes that are there: without fields of their own, and as both wires write them.
      for (const uid of [...ids, ...ids.map((id) => `~${id}`)]) await sayEverywhere(wrongMessages(uid, []));
      await besieged.witnesses.hearEachNode();
      expect(await Promise.all(besieged.crew.nodes.map(sharedFields))).toEqual([[], []]);
    });

    if (!isPrivate) {
      it('goes on behind what nodes have said themselves, cut off anywhere, and whole, again and again', async () => {
        await Promise.all(
          besieged.crew.nodes.map((node) => node.evaluate(async (io) => void (await io.fetchSockets()))),
        );
        for (const { place, bytes } of besieged.intruder.heard.slice(-30)) {
          const cuts = Array.from({ length: Math.min(bytes.length, 200) }, (_each, end) => bytes.subarray(0, end));
          await besieged.intruder.say(place, [...cuts, bytes, bytes, bytes]);
        }
        await besieged.witnesses.hearEachNode();
        await besieged.crew.meets();
      });

      it('drops and counts 100,000 messages of nobody, and gets back to work', async () => {
        const before = await dropped();
        const [place] = await besieged.intruder.places();
        const messages = Array.from({ length: batchSize }, (_each, index) => Buffer.from(`{garbage ${index}`));
        for (let sent = 0; sent < floodSize; sent += batchSize) await besieged.intruder.say(place!, messages);
        await besieged.witnesses.hearEachNode();
        expect((await dropped()) - before).toBeGreaterThanOrEqual(floodSize);
      });
    }

    it('reports what the application cannot say because it is too deep, and goes on', async () => {
      const [one, other] = besieged.crew.nodes as [ClusterNode, ClusterNode];
      for (const node of besieged.crew.nodes) expect(await sayTooDeep(node, tooDeep)).toHaveLength(8);
      expect(await fetchWithDeepData(one, other, tooDeep)).toBe(1);
      await besieged.witnesses.hearEachNode();
      expect(await other.evaluate(async (io) => (await io.fetchSockets()).length)).toBe(2);
    });
  });
}
