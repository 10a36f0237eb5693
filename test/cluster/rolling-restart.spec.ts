import { expect, it, jest } from '@jest/globals';
import { describeWith } from '../support/debian.js';
import { buses } from './faults/buses.js';
import { restartInTurn } from './faults/rolling-restart.js';

for (const bus of buses.filter(({ recovers }) => recovers)) {
  describeWith(bus.broker.needs, `nodes that are restarted in turn under load, over ${bus.name}`, () => {
    jest.setTimeout(120_000);

    it('lose nothing for their clients, who all go on, when they may say goodbye', async () => {
      const { due, recovered, ...faults } = await restartInTurn(bus, 'SIGTERM');
      expect(faults).toEqual({ anew: 0, lost: 0, missed: 0, duplicated: 0, disordered: 0 });
      // Each of the twelve was on one of them.
      expect(recovered).toBeGreaterThanOrEqual(12);
      expect(due).toBeGreaterThan(12);
    });

    it('lose nothing for clients that are connected when they are killed, and theirs come back as new ones', async () => {
      const { due, missed, anew, ...faults } = await restartInTurn(bus, 'SIGKILL');
      expect(faults).toEqual({ recovered: 0, lost: 0, duplicated: 0, disordered: 0 });
      expect(anew).toBeGreaterThanOrEqual(12);
      expect(missed).toBeLessThan(due);
    });
  });
}
