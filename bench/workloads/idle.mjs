import { openClients } from './clients.mjs';

const pinged = 2_000;
const idle = 10_000;

/**
 * What the server's memory grows by with each of some connections.
 *
 * @param {number} count
 * @param {(port: number, count: number) => Promise<unknown>} open
 */
export function measureGrowth(count, open) {
  return async ({ port, server }) => {
    // What the first connections load and compile is no part of the later ones.
    await open(port, 100);
    const before = await server.memory();
    await open(port, count);
    const after = await server.memory();
    const perConnection = (name) => (after[name] - before[name]) / count;
    return {
      operations: count,
      figures: { heap: perConnection('heap'), external: perConnection('external'), rss: perConnection('rss') },
    };
  };
}

/** @type {readonly import('./index.mjs').Workload[]} */
export const idleWorkloads = [
  {
    name: 'heartbeat',
    title: `Heartbeat of ${pinged.toLocaleString('en')} idle clients, \`pingInterval\` 200 ms`,
    operation: 'ping and pong',
    servers: ['official', 'ours'],
    busy: 0,
    options: { pingInterval: 200 },
    application: () => {},
    async measure({ port, server, warmup, duration }) {
      const clients = await openClients(port, pinged);
      let pings = 0;
      for (const client of clients) {
        client.onPing = () => {
          pings++;
        };
      }
      return server.measure({ warmup, duration, count: () => pings });
    },
  },
  {
    name: 'memory',
    title: `Memory of ${idle.toLocaleString('en')} idle connections`,
    operation: 'connection',
    servers: ['official', 'ours', 'raw-ws', 'raw-tcp'],
    busy: 0,
    application: () => {},
    byHand: () => ({ onEvent: () => {} }),
    measure: measureGrowth(idle, openClients),
  },
];
