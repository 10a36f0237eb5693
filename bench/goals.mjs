/**
 * What we hold ourselves to: one table for the report and for the guard of CI.
 *
 * Each compares one figure of ours in a workload with the figure of another server there, or with our own in another workload,
 * by pairs of the same round.
 *
 * @typedef {object} Goal
 * @property {string} workload
 * @property {string} server ours
 * @property {string} figure `cpu` and `heap` are per operation, `roundTrip` is in microseconds.
 * @property {{ server: string, workload?: string }} against `workload` when it is another.
 * @property {number} [timesLess] the other's figure divided by ours is at least this.
 * @property {number} [timesMost] our figure divided by the other's is at most this.
 */

const cpu = (workload, timesLess, server = 'ours', other = 'official') => ({
  workload,
  server,
  figure: 'cpu',
  against: { server: other },
  timesLess,
});

/** @type {readonly Goal[]} */
export const goals = [
  cpu('connect', 1.8),
  cpu('echo-1', 1.1),
  { workload: 'echo-1', server: 'ours', figure: 'roundTrip', against: { server: 'official' }, timesMost: 1 },
  cpu('echo-100x1', 1.9),
  cpu('echo-50x16', 3),
  cpu('fan-in', 1.8),
  cpu('broadcast-1k', 1.7),
  cpu('broadcast-5k', 2),
  cpu('broadcast-9k', 2),
  {
    workload: 'broadcast-9k',
    server: 'ours',
    figure: 'cpu',
    against: { server: 'ours', workload: 'broadcast-100' },
    timesMost: 2.2,
  },
  cpu('burst', 6),
  cpu('broadcast-binary', 3),
  cpu('chat', 10),
  cpu('rooms', 2.5),
  cpu('namespaces', 3),
  { workload: 'memory', server: 'ours', figure: 'heap', against: { server: 'official' }, timesMost: 0.55 },
  cpu('nest-echo', 2, 'nest-ours', 'nest-official'),
];
