// The generator of one measurement: starts its server, lets clients at it, tells what was measured.
import { answerCalls, parametersOfChild } from '../harness/child.mjs';
import { MeasuredServer } from '../harness/measured-server.mjs';
import { findWorkload } from '../workloads/index.mjs';
import { stayAwake } from './stay-awake.mjs';

const { implementation, workload: name, warmup, duration, isProfiled } = parametersOfChild();

answerCalls({
  async measure() {
    const server = await MeasuredServer.start({ implementation, workload: name }, { core: 0, isProfiled });
    const { port } = server;
    stayAwake();
    const measurement = await findWorkload(name).measure({ port, server, warmup, duration });
    // Clients that lose their server now are no failure.
    process.on('uncaughtException', () => {});
    await server.stop();
    return measurement;
  },
});
