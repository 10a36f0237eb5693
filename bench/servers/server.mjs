// The server process of a measurement: runs one implementation, and tells what it used.
import { answerCalls, parametersOfChild } from '../harness/child.mjs';
import { countUsage } from '../harness/usage.mjs';
import { startProfile } from '../harness/profile.mjs';
import { findWorkload } from '../workloads/index.mjs';
import { implementations } from './index.mjs';

const { implementation, workload: name } = parametersOfChild();
const workload = findWorkload(name);
const { start } = await implementations[implementation].load();
const running = await start(workload);
/** Milliseconds of work until the CPU time is asked for again. */
const slice = 20;
const lifetime = countUsage();
let stopUsage;
let stopProfile;

answerCalls({
  port: () => running.port,
  /** What the server itself has counted, where clients cannot. */
  count: () => running.counters.operations,
  async start({ isProfiled }) {
    if (isProfiled) stopProfile = await startProfile();
    stopUsage = countUsage();
  },
  async stop() {
    const usage = stopUsage();
    const profile = await stopProfile?.();
    stopProfile = undefined;
    return { usage, profile };
  },
  /** How long this process had its core, or did not ask for it, in milliseconds since it began. */
  undisturbed() {
    const { wall, waited } = lifetime();
    return (wall - waited) / 1_000;
  },
  /** Works without a client for some milliseconds of CPU time; answers how many operations that were. */
  work(duration) {
    const used = countUsage();
    let operations = 0;
    // To ask for the CPU time costs as much as some work does.
    while (used().cpu < duration * 1_000) {
      const end = performance.now() + slice;
      while (performance.now() < end) operations += running.work();
    }
    return operations;
  },
  async memory() {
    // What is freed late, by finalizers and timers, is no part of a connection.
    for (let pass = 0; pass < 4; pass++) {
      globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { heapUsed, external, rss } = process.memoryUsage();
    return { heap: heapUsed, external, rss };
  },
});
