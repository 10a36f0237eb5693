import { expect, it, jest } from '@jest/globals';
import { encode } from 'notepack.io';
import { MessageType } from '../../lib/adapter/index.js';
import { buses } from '../cluster/faults/buses.js';
import { describeWith } from '../support/debian.js';
import { BesiegedCrew } from './bus/besieged-crew.js';
import type { Intruder } from './bus/intruder.js';
import { idOf } from './bus/questions.js';

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
    const besieged = BesiegedCrew.of(bus);

    it('hears what a node says in a place that somebody has taken in its name', async () => {
      for (const node of besieged.crew.nodes) {
        await besieged.witnesses.hearEachNode();
        const { place, bytes } = forgeries[bus.name]!(await idOf(node), besieged.intruder.heard);
        await besieged.intruder.say(place, [bytes]);
        await besieged.witnesses.hearEachNode();
      }
    });

    it('hears once what is said again in the same place', async () => {
      await besieged.witnesses.hearEachNode();
      const said = besieged.intruder.heard.filter(({ bytes }) => bytes.includes('witness')).slice(-4);
      const before = besieged.witnesses.count;
      for (const { place, bytes } of said) await besieged.intruder.say(place, [bytes, bytes]);
      await besieged.witnesses.hearEachNode();
      // Two words of each node, by the client of each.
      expect(besieged.witnesses.count - before).toBe(8);
    });
  });
}

/** The highest place that was told. */
function lastPlace(heard: Intruder['heard']): number {
  const places = heard.map(({ bytes }) => Number(/"log":(\d+)\}$/.exec(bytes.toString())?.[1] ?? 0));
  return Math.max(...places);
}
