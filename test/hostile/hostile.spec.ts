import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GroupRun, promised, type Aftermath } from './group-run.js';
import { groups } from './groups.js';
import { pattern } from './hostile-case.js';

// Cases run at the same time: the first waits for what runs before it, too.
const longest = 120_000;
const nothing = { connections: 0, sessions: 0, sockets: 0 };
/** What is compiled, cached and pooled on the way; the cases send hundreds of megabytes. */
const mostGrowth = 24 * 1024 * 1024;
/** Twelve attack at a time, beside the canary and the server: as many times what one of them may cause. */
const crowd = 12;
const cases = groups.flatMap((group) => group.cases);

describe('the corpus of hostile input', () => {
  it('has each case once', () => {
    const names = cases.map(({ name }) => name);
    expect(names.length).toBeGreaterThanOrEqual(150);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
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
    async (_name, each) => {
      const { seen, left, delays } = await run.outcome(each);
      expect(seen).toMatch(pattern(each.required));
      expect(left).toEqual(nothing);
      if (delays === undefined) return;
      expect(delays.caused.stall).toBeLessThan(promised.stall + delays.idle.stall);
      expect(delays.caused.roundTrip).toBeLessThan(promised.roundTrip + delays.idle.roundTrip);
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
      expect(after.delays.roundTrip).toBeLessThan(crowd * (promised.roundTrip + after.idle.roundTrip));
      expect(after.delays.stall).toBeLessThan(crowd * (promised.stall + after.idle.stall));
    });

    it('has seen the application fail only where it does so itself', () => {
      expect([...new Set(after.reported)].sort()).toEqual([...group.failures].sort());
    });
  });
});
