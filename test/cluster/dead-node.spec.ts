import { describe, expect, it, jest } from '@jest/globals';
import { describeWith } from '../support/debian.js';
import { buses } from './faults/buses.js';
import { loseNodes } from './faults/dead-node.js';

describe('a question for all sockets', () => {
  jest.setTimeout(60_000);

  // Of the other buses, the specifications of faulty nodes tell.
  for (const bus of buses.filter(({ name }) => name.startsWith('PostgreSQL'))) {
    describeWith(bus.broker.needs, `over ${bus.name}`, () => {
      it('is answered without nodes that are killed, and names one that stands still', async () => {
        const { afterKill, duringKill, whileStopped } = await loseNodes(bus);
        // With no error: nobody waits for who is gone, and no heartbeat runs out.
        expect(afterKill).toMatchObject({ sockets: 6, isPartial: false });
        expect(duringKill).toMatchObject({ sockets: 4, isPartial: false });
        expect(whileStopped.sockets).toBe(2);
      });
    });
  }
});
