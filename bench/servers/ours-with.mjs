import { Server } from 'rookery/server';
import { startSocketIo } from './socket-io.mjs';

/** Ours with options that are not the default ones. */
export function oursWith(options) {
  return { start: (workload) => startSocketIo(Server, { ...workload, options: { ...workload.options, ...options } }) };
}
