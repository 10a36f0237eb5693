import { createServer } from 'node:http';
import { listen } from './listening.mjs';

/**
 * Runs the application of a workload on a Socket.IO server, with default options but for those of the workload.
 *
 * @param {new (http: import('node:http').Server, options: object) => any} Server ours, or the published one.
 * @param {import('../workloads/index.mjs').Workload} workload
 */
export async function startSocketIo(Server, workload) {
  const http = createServer();
  const io = new Server(http, workload.options ?? {});
  const counters = { operations: 0 };
  const work = workload.application(io, counters);
  return { port: await listen(http), counters, work };
}
