import { execFileSync } from 'node:child_process';
import { answerCalls, parametersOfChild, startChild } from '../../bench/harness/child.mjs';
import { parseCores } from '../../bench/harness/cores.mjs';

/** Says which cores it may run on, and which a child of its own, bound to the first, may. */
answerCalls({
  async cores() {
    const own = parseCores(execFileSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' }));
    if (parametersOfChild().isInner) return [own];
    const inner = await startChild(new URL(import.meta.url), { parameters: { isInner: true }, core: 0 });
    const [ofInner] = await inner.call('cores');
    await inner.stop();
    return [own, ofInner];
  },
});
