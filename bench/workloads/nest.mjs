import { measureEchoes } from './echo.mjs';

/** @type {readonly import('./index.mjs').Workload[]} */
export const nestWorkloads = [
  {
    name: 'nest-echo',
    title: 'Nest: an event through a gateway to its ack, 100 clients, one in flight each',
    operation: 'echo',
    servers: ['nest-official', 'nest-ours', 'nest-drop-in'],
    busy: 0.7,
    measure: measureEchoes(100, 1),
  },
];
