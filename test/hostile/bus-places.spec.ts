import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { encode } from 'notepack.io';
import { MessageType } from '../../lib/adapter/index.js';
import { buses } from '../cluster/faults/buses.js';
import { Crew } from '../cluster/faults/crew.js';
import { describeWith } from '../support/debian.js';
import { intrude, type Intruder } from './bus/intruder.js';
import { idOf } from './bus/questions.js';
import { Witnesses } from './bus/witnesses.js';

jest.setTimeout(120_000);

const type = MessageType.BROADCAST;
const data = { packet: { type: 2, nsp: '/', data: ['forged'] }, opts: { rooms: ['nobody'], except: [], flags: {} } };

/** What somebody says in the name of a node, by the bus that gives messages places. @param heard all that was said. */
const forgeries: Readonly<Record<string, (id: string, heard: Intruder['heard']) => Forgery>> = {
  // Numbers of payloads: far ahead of what the node has said.
  'NATS, JetStream': (id, heard) => ({
    place: heard.find(({ place, bytes }) => place.includes('.stream.') && bytes.includes(id))!.place,
    bytes: encode([id, 255, [type, data]]),
  }),
  // Places in the table: the next one.
  'PostgreSQL, recovery': (id, heard) => ({
    place: 'notification',
    bytes: Buffer.from(JSON.stringify({ uid: id, nsp: '/', type, data, log: lastPlace(heard) + 1 })),
  }),
};

interface Forgery {
  readonly place: string;
  readonly bytes: Buffer;
}

for (const bus of buses.filter(({ name }) => name in forgeries)) {
  describeWith(bus.broker.needs, `places forged on the bus: ${bus.name}`, () => {
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

    it('hears what a node says in a place that somebody has taken in its name', async () => {
      for (const node of crew.nodes) {
        await witnesses.hearEachNode();
        const { place, bytes } = forgeries[bus.name]!(await idOf(node), intruder.heard);
        await intruder.say(place, [bytes]);
        await witnesses.hearEachNode();
      }
    });

    it('hears once what is said again in the same place', async () => {
      await witnesses.hearEachNode();
      const said = intruder.heard.filter(({ bytes }) => bytes.includes('witness')).slice(-4);
      const before = witnesses.count;
      for (const { place, bytes } of said) await intruder.say(place, [bytes, bytes]);
      await witnesses.hearEachNode();
      // Two words of each node, by the client of each.
      expect(witnesses.count - before).toBe(8);
    });
  });
}

/** The highest place that was told. */
function lastPlace(heard: Intruder['heard']): number {
  const places = heard.map(({ bytes }) => Number(/"log":(\d+)\}$/.exec(bytes.toString())?.[1] ?? 0));
  return Math.max(...places);
}
