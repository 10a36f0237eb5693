import { afterAll, beforeAll } from '@jest/globals';
import type { Bus } from '../../cluster/faults/buses.js';
import { Crew } from '../../cluster/faults/crew.js';
import { intrude, type Intruder } from './intruder.js';
import { Witnesses } from './witnesses.js';

/** Two nodes, a client of each, and somebody else on their bus. */
export class BesiegedCrew {
  crew!: Crew;
  intruder!: Intruder;
  witnesses!: Witnesses;

  /** Starts it for the tests of the block that this is called in, and stops it behind them. */
  static of(bus: Bus): BesiegedCrew {
    const besieged = new BesiegedCrew();
    beforeAll(async () => {
      besieged.crew = await Crew.start(bus, 2);
      besieged.intruder = await intrude(bus.broker, besieged.crew);
      besieged.witnesses = await Witnesses.gather(besieged.crew.nodes);
    });
    afterAll(async () => {
      besieged.witnesses?.close();
      await besieged.intruder?.leave();
      await besieged.crew?.stop();
    });
    return besieged;
  }
}
