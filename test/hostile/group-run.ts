import { Attacker } from './attacker.js';
import { Canary } from './canary.js';
import type { HostileCase, HostileGroup } from './hostile-case.js';
import type { Left, Totals } from './programs/ledger.js';
import { Target } from './target.js';

/** What was seen of one case. */
export interface CaseOutcome {
  readonly seen: string;
  /** What the server still has of it. */
  readonly left: Left;
  /** Of a case that was alone. */
  readonly delays?: CaseDelays;
}

/** What a case that was alone has made others wait, and what they waited right before it. */
export interface CaseDelays {
  readonly caused: Delays;
  readonly idle: Delays;
}

/** Stalls of the server's event loop and round trips of the canary, in milliseconds. */
export interface Delays {
  readonly stall: number;
  readonly roundTrip: number;
}

/** What is known of a server when all cases are over. */
export interface Aftermath {
  readonly death: string | undefined;
  readonly totals: Totals;
  /** How much more memory is in use than before, in bytes. */
  readonly growth: number;
  readonly reported: readonly string[];
  /** Of all cases that ran at the same time. */
  readonly delays: Delays;
  readonly idle: Delays;
  readonly canaryDisconnects: number;
}

/** What one client may cause, whatever it does, on a machine that has nothing else to do. */
export const promised: Delays = { stall: 50, roundTrip: 100 };

const atOnce = 12;
const controlDuration = 1_000;
/** How often a case that was too slow has another try: the machine may have been busy with others. */
const tries = 4;

/** Runs the cases of a group against one server: those that do not disturb each other at the same time. */
export class GroupRun {
  readonly #target: Target;
  readonly #canary: Canary;
  readonly #outcomes = new Map<HostileCase, Promise<CaseOutcome>>();
  readonly #all: Promise<void>;
  #memory = 0;
  #idle: Delays = { stall: 0, roundTrip: 0 };
  #crowded: Delays = { stall: 0, roundTrip: 0 };

  private constructor(target: Target, canary: Canary, cases: readonly HostileCase[]) {
    this.#target = target;
    this.#canary = canary;
    const deciders = new Map<HostileCase, (outcome: Promise<CaseOutcome>) => void>();
    for (const each of cases) {
      this.#outcomes.set(each, new Promise((resolve) => deciders.set(each, resolve)));
    }
    this.#all = this.#runAll(cases, (each, outcome) => {
      outcome.catch(() => {});
      deciders.get(each)!(outcome);
    });
  }

  static async start(group: HostileGroup): Promise<GroupRun> {
    const target = await Target.start(group.program);
    return new GroupRun(target, await Canary.start(target.url, group.parser), group.cases);
  }

  outcome(each: HostileCase): Promise<CaseOutcome> {
    return this.#outcomes.get(each)!;
  }

  /** Resolves when all cases are over and what they left is gone, or should be. */
  async aftermath(): Promise<Aftermath> {
    await this.#all;
    const memory = await this.#target.ask('memory');
    return {
      death: this.#target.death,
      totals: await this.#target.ask('totals'),
      growth: memory - this.#memory,
      reported: await this.#target.ask('reported'),
      delays: this.#crowded,
      idle: this.#idle,
      canaryDisconnects: this.#canary.disconnects,
    };
  }

  async stop(): Promise<void> {
    await this.#canary.stop();
    await this.#target.stop();
  }

  async #runAll(
    cases: readonly HostileCase[],
    decide: (each: HostileCase, outcome: Promise<CaseOutcome>) => void,
  ): Promise<void> {
    await this.#takeControl();
    const queue = cases.filter(({ isAlone }) => isAlone !== true);
    const cleared: Promise<unknown>[] = [];
    const run = async (each: HostileCase): Promise<void> => {
      const { acted, outcome } = this.#run(each);
      decide(each, outcome);
      cleared.push(outcome.catch(() => {}));
      await acted;
    };
    const work = async (): Promise<void> => {
      for (let each = queue.shift(); each !== undefined; each = queue.shift()) await run(each);
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    await Promise.all(cleared);
    this.#crowded = await this.#takeDelays();
    for (const each of cases) {
      if (each.isAlone !== true) continue;
      const outcome = this.#runAlone(each);
      decide(each, outcome);
      await outcome.catch(() => {});
    }
  }

  async #runAlone(each: HostileCase): Promise<CaseOutcome> {
    for (let count = 1; ; count++) {
      const idle = await this.#takeDelays();
      const outcome = await this.#run(each).outcome;
      const caused = await this.#takeDelays();
      const isQuick =
        caused.stall < promised.stall + idle.stall && caused.roundTrip < promised.roundTrip + idle.roundTrip;
      if (isQuick || count === tries) return { ...outcome, delays: { caused, idle } };
    }
  }

  /** The same measurements while nobody attacks: what this machine makes of an idle server now. */
  async #takeControl(): Promise<void> {
    this.#memory = await this.#target.ask('memory');
    await this.#takeDelays();
    await new Promise((resolve) => setTimeout(resolve, controlDuration));
    this.#idle = await this.#takeDelays();
  }

  async #takeDelays(): Promise<Delays> {
    // Asked behind a round trip, so that there is one.
    await this.#canary.ask();
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { stall: await this.#target.ask('stall'), roundTrip: this.#canary.takeWorst() };
  }

  async #askCanary(): Promise<void> {
    try {
      await this.#canary.ask();
    } catch (error) {
      throw (await this.#target.isDead(true)) ? new Error(this.#target.death) : error;
    }
  }

  #run(each: HostileCase): { readonly acted: Promise<void>; readonly outcome: Promise<CaseOutcome> } {
    const attacker = new Attacker(this.#target);
    const acted = each.act(attacker).catch((error: unknown) => {
      if (this.#target.death !== undefined) return `death: ${this.#target.death}`;
      throw error;
    });
    const outcome = acted.then(async (seen) => {
      attacker.leave();
      await this.#askCanary();
      return { seen, left: await this.#target.leftOf(attacker.ports) };
    });
    return { acted: acted.then(noOperation, noOperation), outcome };
  }
}

function noOperation(): void {}
