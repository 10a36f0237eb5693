import { describe, expect, it, jest } from '@jest/globals';
import { describeWith } from '../support/debian.js';
import { cutOff } from './faults/bus-away.js';
import { buses } from './faults/buses.js';

const outage = 2_000;
const nothing = { lost: 0, missed: 0, duplicated: 0, disordered: 0 };

describe('a node that cannot reach its bus for a while', () => {
  jest.setTimeout(60_000);

  for (const bus of buses.filter(({ broker }) => broker.needs.length > 0)) {
    describeWith(bus.broker.needs, `over ${bus.name}`, () => {
      it(`serves its own clients, and ${bus.recovers ? 'loses nothing' : 'counts what may be lost'}`, async () => {
        const { own, toOthers, fromOthers, reported, isNoticed } = await cutOff(bus, outage);
        expect(isNoticed).toBe(true);
        expect(own).toMatchObject(nothing);
        expect(toOthers.disordered + fromOthers.disordered).toBe(0);
        if (bus.recovers) {
          expect([toOthers, fromOthers]).toMatchObject([nothing, nothing]);
          expect(reported).toBe(0);
        } else {
          // Two clients miss each.
          expect(reported).toBeGreaterThanOrEqual(toOthers.lost / 2);
          expect(fromOthers.lost).toBeGreaterThan(0);
        }
      });
    });
  }
});
