import { broadcastWorkloads } from './broadcast.mjs';
import { chatWorkloads } from './chat.mjs';
import { codecWorkloads } from './codec.mjs';
import { connectWorkloads } from './connect.mjs';
import { echoWorkloads } from './echo.mjs';
import { fanInWorkloads } from './fan-in.mjs';
import { idleWorkloads } from './idle.mjs';
import { namespaceWorkloads } from './namespaces.mjs';
import { nestWorkloads } from './nest.mjs';
import { optionWorkloads } from './options.mjs';
import { pollingWorkloads } from './polling.mjs';
import { roomWorkloads } from './rooms.mjs';

/**
 * Something servers are asked to do.
 *
 * @typedef {object} Workload
 * @property {string} name
 * @property {string} title
 * @property {string} operation what is counted, in the singular.
 * @property {readonly string[]} servers names of `servers/index.mjs`; the first is what the others are held against.
 * @property {number} busy the share of its core the server has to ask for, else the round is measured again; 0 for any.
 * @property {object} [options] of the Socket.IO server, where not the default ones.
 * @property {(io: any, counters: { operations: number }) => (() => number) | void} [application] runs in a Socket.IO
 *   server; what it returns is its `work()`.
 * @property {(server: import('../servers/by-hand.mjs').HandMadeServer, frames: any) => object} [byHand] runs in a raw server:
 *   `onEvent(client, args, head)`, where `head` is what stands between packet type and arguments, and maybe `work()`.
 * @property {(run: Run) => Promise<Measurement>} measure runs in the generator.
 *
 * @typedef {object} Run
 * @property {number} port
 * @property {import('../harness/measured-server.mjs').MeasuredServer} server
 * @property {number} warmup milliseconds
 * @property {number} duration milliseconds
 *
 * @typedef {object} Measurement
 * @property {Record<string, number>} figures `cpu` in microseconds per operation, and what else the workload tells.
 * @property {number} [operations] how many were measured.
 * @property {import('../harness/usage.mjs').Usage} [server]
 */

/** @type {readonly Workload[]} */
export const workloads = [
  ...connectWorkloads,
  ...echoWorkloads,
  ...fanInWorkloads,
  ...broadcastWorkloads,
  ...chatWorkloads,
  ...roomWorkloads,
  ...namespaceWorkloads,
  ...idleWorkloads,
  ...pollingWorkloads,
  ...codecWorkloads,
  ...nestWorkloads,
  ...optionWorkloads,
];

/** @returns {Workload} */
export function findWorkload(name) {
  const found = workloads.find((workload) => workload.name === name);
  if (found === undefined) throw new Error(`No workload is called ${name}; there are ${workloads.map((w) => w.name)}`);
  return found;
}
