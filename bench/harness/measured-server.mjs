import { setTimeout as delay } from 'node:timers/promises';
import { startChild } from './child.mjs';

/** How many times as long as it should a measurement may take because others have the server's core. */
const longest = 3;
const file = new URL('../servers/server.mjs', import.meta.url);

/** The server of one measurement, in a process of its own, seen from the generator. */
export class MeasuredServer {
  #child;
  #isProfiled;

  constructor(child, port, isProfiled) {
    this.#child = child;
    this.port = port;
    this.#isProfiled = isProfiled;
  }

  /**
   * @param {{ implementation: string, workload: string }} parameters
   * @param {{ core: number, isProfiled: boolean }} options
   */
  static async start(parameters, { core, isProfiled }) {
    const child = await startChild(file, { parameters, core, nodeArgs: ['--expose-gc'] });
    return new MeasuredServer(child, await child.call('port'), isProfiled);
  }

  /** How many operations the server's application has counted. */
  count() {
    return this.#child.call('count');
  }

  memory() {
    return this.#child.call('memory');
  }

  stop() {
    return this.#child.stop();
  }

  /**
   * Measures traffic that flows by itself, once it is warm.
   *
   * @param {{ warmup: number, duration: number, count: () => number | Promise<number> }} options `count` of operations so far.
   * @returns {Promise<import('../workloads/index.mjs').Measurement>}
   */
  async measure({ warmup, duration, count }) {
    await this.#undisturbed(warmup);
    await this.#child.call('start', { isProfiled: this.#isProfiled });
    const before = await count();
    await this.#undisturbed(duration);
    return this.#finish((await count()) - before);
  }

  /** Measures work that the server does by itself, in milliseconds. */
  async measureWork({ warmup, duration }) {
    await this.#child.call('work', warmup);
    await this.#child.call('start', { isProfiled: this.#isProfiled });
    return this.#finish(await this.#child.call('work', duration));
  }

  // Time in which others had the server's core warms up nothing, and measures nothing.
  async #undisturbed(duration) {
    const start = await this.#child.call('undisturbed');
    const latest = performance.now() + duration * longest;
    for (let left = duration; left > 0 && performance.now() < latest;) {
      await delay(Math.max(left, 50));
      left = start + duration - (await this.#child.call('undisturbed'));
    }
  }

  async #finish(operations) {
    const { usage, profile } = await this.#child.call('stop');
    if (operations === 0) throw new Error('Nothing was done in the time that was measured');
    return { operations, figures: { cpu: usage.cpu / operations }, server: usage, profile };
  }
}
