import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { buses } from '../cluster/faults/buses.js';
import { Crew } from '../cluster/faults/crew.js';
import type { ClusterNode } from '../interop/published-adapters/cluster-node.js';
import { describeWith } from '../support/debian.js';
import { intrude, type Intruder } from './bus/intruder.js';
import { garbage, wrongMessages } from './bus/messages.js';
import { droppedBy, fetchWithDeepData, idOf, sayTooDeep, sharedFields } from './bus/questions.js';
import { Witnesses } from './bus/witnesses.js';

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
    let crew: Crew;
    let intruder: Intruder;
    let witnesses: Witnesses;

    beforeAll(async () => {
      crew = await Crew.start(bus, 2);
      intruder = await intrude(bus.broker, crew);
      witnesses = await Witnesses.gather(crew.nodes);
    });
    afterAll(async () => {
      witnesses?.close();
      await intruder?.leave();
      await crew?.stop();
    });

    /** By both nodes. */
    const dropped = async (): Promise<number> => {
      const counts = await Promise.all(crew.nodes.map(droppedBy));
      return counts.reduce((sum, count) => sum + count, 0);
    };

    /** Says it wherever somebody listens, many at a time. */
    const sayEverywhere = async (messages: readonly Buffer[]): Promise<void> => {
      for (const place of await intruder.places()) {
        for (let start = 0; start < messages.length; start += batchSize) {
          await intruder.say(place, messages.slice(start, start + batchSize));
        }
      }
    };

    it.each(garbage)('reads what is none, and goes on: %s', async (_name, bytes) => {
      await sayEverywhere([bytes]);
      await witnesses.hearEachNode();
    });

    it('has counted what it could not read', async () => {
      expect(await dropped()).toBeGreaterThan(0);
    });

    it('goes on behind messages in which something is not what it has to be', async () => {
      const ids = isPrivate ? [] : await Promise.all(crew.nodes.map(idOf));
      await sayEverywhere(wrongMessages('intruder'));
      // In the name of nodes that are there: without fields of their own, and as both wires write them.
      for (const uid of [...ids, ...ids.map((id) => `~${id}`)]) await sayEverywhere(wrongMessages(uid, []));
      await witnesses.hearEachNode();
      expect(await Promise.all(crew.nodes.map(sharedFields))).toEqual([[], []]);
    });

    if (!isPrivate) {
      it('goes on behind what nodes have said themselves, cut off anywhere, and whole, again and again', async () => {
        await Promise.all(crew.nodes.map((node) => node.evaluate(async (io) => void (await io.fetchSockets()))));
        for (const { place, bytes } of intruder.heard.slice(-30)) {
          const cuts = Array.from({ length: Math.min(bytes.length, 200) }, (_each, end) => bytes.subarray(0, end));
          await intruder.say(place, [...cuts, bytes, bytes, bytes]);
        }
        await witnesses.hearEachNode();
        await crew.meets();
      });

      it('drops and counts 100,000 messages of nobody, and gets back to work', async () => {
        const before = await dropped();
        const [place] = await intruder.places();
        const messages = Array.from({ length: batchSize }, (_each, index) => Buffer.from(`{garbage ${index}`));
        for (let sent = 0; sent < floodSize; sent += batchSize) await intruder.say(place!, messages);
        await witnesses.hearEachNode();
        expect((await dropped()) - before).toBeGreaterThanOrEqual(floodSize);
      });
    }

    it('reports what the application cannot say because it is too deep, and goes on', async () => {
      const [one, other] = crew.nodes as [ClusterNode, ClusterNode];
      for (const node of crew.nodes) expect(await sayTooDeep(node, tooDeep)).toHaveLength(8);
      expect(await fetchWithDeepData(one, other, tooDeep)).toBe(1);
      await witnesses.hearEachNode();
      expect(await other.evaluate(async (io) => (await io.fetchSockets()).length)).toBe(2);
    });
  });
}
