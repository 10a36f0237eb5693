import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GroupRun, type Aftermath } from './group-run.js';
import { groups } from './groups.js';
import { pattern } from './hostile-case.js';
import { knownGaps } from './known-gaps.js';

// Cases run at the same time: the first waits for what runs before it, too.
const longest = 120_000;
const nothing = { connections: 0, sessions: 0, sockets: 0 };
/** What is compiled, cached and pooled on the way; the cases send hundreds of megabytes. */
const mostGrowth = 24 * 1024 * 1024;
/** Ten times what a canary is promised: the machine is busy with us. */
const mostDelay = 1_000;
const cases = groups.flatMap((group) => group.cases);

describe('the corpus of hostile input', () => {
  it('has each case once, and names no gap that is none', () => {
    const names = cases.map(({ name }) => name);
    expect(names.length).toBeGreaterThanOrEqual(150);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(Object.keys(knownGaps).filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe.each(groups)('$name', (group) => {
  let run: GroupRun;
  beforeAll(async () => {
    run = await GroupRun.start(group);
  }, longest);
  afterAll(() => run.stop());

  it.each(group.cases.map((each) => [each.name, each] as const))(
    'survives: %s',
    async (name, each) => {
      const { seen, left } = await run.outcome(each);
      const gap = knownGaps[name];
      if (gap === undefined) {
        expect(seen).toMatch(pattern(each.required));
      } else {
        expect(seen).not.toMatch(pattern(each.required));
        expect(seen).toMatch(pattern(gap.seen));
      }
      expect(left).toEqual(nothing);
    },
    longest,
  );

  describe('afterwards', () => {
    let after: Aftermath;
    beforeAll(async () => {
      after = await run.aftermath();
    }, longest);

    it('lives, and its canary has never been cut off', () => {
      expect(after.death).toBeUndefined();
      expect(after.canaryDisconnects).toBe(0);
    });

    it('has no session, socket, room or namespace but those of the canary', () => {
      const { connects, disconnects, ...tables } = after.totals;
      expect(connects - disconnects).toBe(1);
      expect(tables).toEqual({
        sockets: 1,
        sessions: 1,
        clientsCount: 1,
        connections: 1,
        rooms: 1,
        dynamicNamespaces: 0,
      });
    });

    it('has given back its memory', () => {
      expect(after.growth).toBeLessThan(mostGrowth);
    });

    it('has answered its canary all the time, and has not stood still', () => {
      expect(after.delays.roundTrip).toBeLessThan(mostDelay + 10 * after.idle.roundTrip);
      expect(after.delays.stall).toBeLessThan(mostDelay + 10 * after.idle.stall);
    });

    it('has seen the application fail only where it does so itself', () => {
      expect([...new Set(after.reported)].sort()).toEqual([...group.failures].sort());
    });
  });
});
