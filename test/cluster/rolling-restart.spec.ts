import { expect, it, jest } from '@jest/globals';
import { describeWith } from '../support/debian.js';
import { buses } from './faults/buses.js';
import { restartInTurn } from './faults/rolling-restart.js';

const nothing = { lost: 0, duplicated: 0, disordered: 0 };

for (const bus of buses.filter(({ recovers }) => recovers)) {
  describeWith(bus.broker.needs, `nodes that are restarted in turn under load, over ${bus.name}`, () => {
    jest.setTimeout(120_000);

    it('lose nothing for their clients, who all go on, when they may say goodbye', async () => {
      const { recovered, anew, sent, ...tally } = await restartInTurn(bus, 'SIGTERM');
      console.log(JSON.stringify({ bus: bus.name, sent, recovered, anew, ...tally }));
      expect(tally).toEqual({ ...nothing, unbroken: nothing });
      expect(anew).toBe(0);
      // Each of three nodes had clients when it ended.
      expect(recovered).toBeGreaterThanOrEqual(12);
      expect(sent).toBeGreaterThan(0);
    });

    it('lose nothing for clients of the others when they are killed', async () => {
      const { unbroken, ...tally } = await restartInTurn(bus, 'SIGKILL');
      console.log(JSON.stringify({ bus: bus.name, ...tally }));
      expect(unbroken).toEqual(nothing);
    });
  });
}
